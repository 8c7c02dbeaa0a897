#![allow(warnings)]
use hefu_identity::matching::*;
use std::collections::HashMap;
fn main() {
    let t9 = std::time::Instant::now();
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .filter(|l| !l.trim().is_empty())
        .map(|l| l.split(',').map(str::trim).collect())
        .collect();
    let l = Locale::new("AU", false).unwrap();
    let recs: Vec<Record> = rows
        .iter()
        .map(|r| {
            Record::new(
                &Person {
                    surname: r[2],
                    given_name: r[1],
                    birth_date: r[9],
                    documents: &[(None, r[10])],
                    city: r[6],
                    postcode: r[7],
                    address: &[r[3], r[4], r[5], r[8]],
                    ..Default::default()
                },
                l,
            )
        })
        .collect();
    eprintln!("recs {:?}", t9.elapsed());
    let truth: Vec<&str> = rows.iter().map(|r| r[0].split('-').nth(1).unwrap()).collect();
    let t0 = std::time::Instant::now();
    let lk = Linkage::new(recs);
    eprintln!("link {:?}", t0.elapsed());
    let m = if std::env::args().nth(2).is_some() {
        Model::default()
    } else {
        lk.train(&Model::default()).unwrap()
    };
    eprintln!("train {:?}", t0.elapsed());
    let sc = Scorer::new(&m, rows.len()).unwrap();
    println!("compared {} mpr {} rpr {}", lk.compared(), m.matches_per_record, m.relatives_per_record);
    for (f, ls) in &m.fields {
        for (l, p) in ls {
            println!("{f:10} {l:10} m {:.5} h {:.5} u {:.6}", p.m, p.household, p.u);
        }
    }
    let t1 = std::time::Instant::now();
    let cl = lk.clusters(&sc);
    eprintln!("cluster {:?}", t1.elapsed());
    let mut g: HashMap<u32, Vec<usize>> = HashMap::new();
    for (i, c) in cl.iter().enumerate() {
        g.entry(*c).or_default().push(i);
    }
    let mut tp = 0;
    let mut fp = 0;
    for v in g.values() {
        for i in 0..v.len() {
            for j in 0..i {
                if truth[v[i]] == truth[v[j]] {
                    tp += 1
                } else {
                    fp += 1;
                    println!("FP {:?}\n   {:?}", rows[v[i]], rows[v[j]]);
                }
            }
        }
    }
    let mut t: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, c) in truth.iter().enumerate() {
        t.entry(c).or_default().push(i);
    }
    let tot: usize = t.values().map(|v| v.len() * (v.len() - 1) / 2).sum();
    let (p, r) = (tp as f64 / (tp + fp) as f64, tp as f64 / tot as f64);
    println!("P {p} R {r} F1 {} total {tot} fp {fp}", 2. * p * r / (p + r));
    let ps: HashMap<(usize, usize), ScoredPair> = lk.pairs(&sc).map(|p| ((p.one, p.two), p)).collect();
    let mut n = 0;
    for v in t.values() {
        for i in 0..v.len() {
            for j in 0..v.len() {
                let (a, b) = (v[i].min(v[j]), v[i].max(v[j]));
                if a == v[i] && a != b && cl[a] != cl[b] {
                    n += 1;
                    if n < 40 {
                        println!(
                            "FN {:?}\n   {:?}\n {:?} {:?}",
                            rows[a],
                            rows[b],
                            ps.get(&(a, b)).map(|p| p.score),
                            Field::ALL.map(|f| compare(&lk.records()[a], &lk.records()[b]).pattern.level(f))
                        );
                    }
                }
            }
        }
    }
}
