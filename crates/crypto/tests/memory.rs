//! What is left of keys in the memory of a process that has used and dropped them: nothing.
//!
//! Alone in its binary: another test that uses keys at the same time would be found.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs::{self, File},
    ops::Range,
    os::unix::fs::FileExt as _,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hefu_crypto::{Aad, KeyRing, OsRng};
use hefu_kernel::Rng as _;
use uuid::Uuid;
use zeroize::Zeroizing;

const OWNER: Uuid = Uuid::from_u128(7);

/// Loads the ring and does with it whatever is done with rings.
fn use_keys(path: &std::path::Path) {
    let mut ring = KeyRing::load(path).unwrap();
    let place = Aad { tenant: ring.tenant(), table: "guest", column: "person", row: OWNER };
    let (key, wrapped) = ring.new_data_key(&OsRng, OWNER);
    let sealed = key.seal(&OsRng, &place, b"Wang Lan");
    for _ in 0..5 {
        ring.rotate(&OsRng);
        ring.save(path).unwrap();
    }
    let again = ring.rewrap(&OsRng, OWNER, &wrapped.0).unwrap();
    assert_eq!(ring.unwrap_key(OWNER, &again).unwrap().open(&place, &sealed).unwrap(), b"Wang Lan");
    assert_eq!(ring.tokens_live("phone", "1").len(), ring.live().len());
    assert_eq!((ring.checks().len(), ring.request_digest(&[b"1"]).len()), (2 * ring.live().len(), 32));
    drop(ring.cache_key());
    let text = Zeroizing::new(fs::read_to_string(path).unwrap());
    drop(KeyRing::from_secret(&text).unwrap());
}

/// Where any of `needles` lies in what this process can write to, but for `except`: which of them, and the address.
fn find(needles: &[Vec<u8>], except: &[Range<usize>]) -> Vec<(usize, usize)> {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut found = Vec::new();
    // Whether any of them begins with these two bytes.
    let mut begins = vec![false; 1 << 16];
    for needle in needles {
        begins[usize::from(needle[0]) << 8 | usize::from(needle[1])] = true;
    }
    let mut page = vec![0; 1 << 16];
    let own = page.as_ptr() as usize..page.as_ptr() as usize + page.len();
    for line in
        maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw")))
    {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut at = from;
        while at < to {
            let wanted = page.len().min((to - at) as usize);
            let Ok(read @ 1..) = memory.read_at(&mut page[..wanted], at) else { break };
            for (place, start) in page[..read].windows(2).enumerate() {
                if !begins[usize::from(start[0]) << 8 | usize::from(start[1])] {
                    continue;
                }
                let address = at as usize + place;
                let is_known = || except.iter().chain([&own]).any(|range| range.contains(&address));
                let there =
                    needles.iter().enumerate().filter(|(_, needle)| page[place..read].starts_with(needle));
                found.extend(there.filter(|_| !is_known()).map(|(which, _)| (which, address)));
            }
            // Keys that lie across two pieces are seen, too.
            at += if wanted == page.len() { read as u64 - 64 } else { read as u64 };
        }
    }
    found
}

#[test]
fn no_key_stays_in_memory() {
    let dir = std::env::temp_dir().join(format!("hefu-memory-{:016x}", OsRng.next_u64()));
    fs::create_dir(&dir).unwrap();
    let path = dir.join("hefu.key");
    drop(KeyRing::create(&path, &OsRng).unwrap());
    // The C library keeps the stack of a thread that has ended for the next.
    std::thread::scope(|scope| scope.spawn(|| use_keys(&path)).join().unwrap());
    use_keys(&path);

    // The first sixteen bytes of each key, and of each key's text; the whole file is not kept.
    let text = fs::read_to_string(&path).unwrap();
    let secrets: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("kek = \"").or_else(|| line.strip_prefix("index = \"")))
        .map(|rest| rest.trim_end_matches('"'))
        .collect();
    assert_eq!(secrets.len(), 22);
    let mut needles: Vec<Vec<u8>> = secrets.iter().map(|secret| secret.as_bytes()[..24].to_vec()).collect();
    let decoded = |secret: &&str| Zeroizing::new(BASE64_STANDARD.decode(secret).unwrap());
    needles.extend(secrets.iter().map(|secret| decoded(secret)[..16].to_vec()));
    let of = |bytes: &[u8]| bytes.as_ptr() as usize..bytes.as_ptr() as usize + bytes.len();
    let known: Vec<Range<usize>> =
        needles.iter().map(|needle| of(needle)).chain([of(text.as_bytes())]).collect();
    // The search can find: the text that was just read is there.
    assert!(!find(&needles[..1], &known[..1]).is_empty());
    let found = find(&needles, &known);
    fs::remove_dir_all(&dir).unwrap();
    let told: Vec<String> = found
        .iter()
        .map(|(which, at)| format!("{} {which} at {at:#x}", if *which < 22 { "text" } else { "key" }))
        .collect();
    assert!(found.is_empty(), "{told:#?}");
}
