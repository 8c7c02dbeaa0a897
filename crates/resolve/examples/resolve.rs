#![allow(warnings)]
#[global_allocator]
static A: mimalloc::MiMalloc = mimalloc::MiMalloc;
use hefu_synthetic::*;
use std::io::Write;
use std::path::Path;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    if a[1] == "gen" {
        let mix = if a[2] == "latin" { Mix::Latin } else { Mix::Chinese };
        let mut w = std::io::BufWriter::new(std::fs::File::create(&a[4]).unwrap());
        writeln!(w, "id,truth,source,name,birth,phone,doc_type,doc,email,city");
        for r in Guests::new(a.get(5).map_or(1, |s| s.parse().unwrap()), a[3].parse().unwrap(), mix).records()
        {
            let q = |s: &str| if s.contains(',') { format!("\"{s}\"") } else { s.to_string() };
            writeln!(
                w,
                "{},{},{},{},{},{},{},{},{},{}",
                r.id,
                r.person,
                r.source,
                q(&r.full_name),
                r.birth_date,
                r.phone,
                r.document_type,
                r.document,
                r.email,
                q(&r.city)
            );
        }
        return;
    }
    let map = hefu_resolve::Map::read(Path::new(&a[2])).unwrap();
    if a[1] == "train" {
        hefu_resolve::train(Path::new(&a[3]), &map, Path::new(&a[4])).unwrap();
        return;
    }
    let r =
        hefu_resolve::resolve(Path::new(&a[3]), &map, None, Path::new(&a[4]), a.get(5).map(|p| Path::new(p)))
            .unwrap();
    let st = std::fs::read_to_string("/proc/self/status").unwrap();
    let cpu = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = cpu.rsplit(')').next().unwrap().split_whitespace().collect();
    println!(
        "{r:#?} {} cpu {} s",
        st.lines().find(|l| l.starts_with("VmHWM")).unwrap(),
        (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.
    );
}
