#![allow(warnings)]
#[global_allocator]
static A: mimalloc::MiMalloc = mimalloc::MiMalloc;
#[path = "../../bench/src/identity.rs"]
mod identity;
use hefu_synthetic::*;
use std::path::Path;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mix = |s: &str| if s == "latin" { Mix::Latin } else { Mix::Chinese };
    match a[1].as_str() {
        "identity-child" => identity::resolve(Path::new(&a[2])).unwrap(),
        "gen" => identity::write_guests(
            Path::new(&a[4]),
            &Guests::new(a.get(5).map_or(1, |s| s.parse().unwrap()), a[3].parse().unwrap(), mix(&a[2])),
        )
        .unwrap(),
        "bench" => println!(
            "{:#?}",
            identity::measure(a[3].parse().unwrap(), mix(&a[2]), a.get(4).map(Path::new)).unwrap()
        ),
        "online" => println!("{:?} ms", identity::online(a[2].parse().unwrap()).unwrap()),
        _ => {
            let map = hefu_resolve::Map::read(Path::new(&a[2])).unwrap();
            if a[1] == "train" {
                hefu_resolve::train(Path::new(&a[3]), &map, Path::new(&a[4])).unwrap();
                return;
            }
            let t = std::time::Instant::now();
            let r = hefu_resolve::resolve(
                Path::new(&a[3]),
                &map,
                None,
                Path::new(&a[4]),
                a.get(5).map(|p| Path::new(p)),
            )
            .unwrap();
            println!("{r:?} wall {:?} spent {:?}", t.elapsed(), identity::spent());
        }
    }
}
