//! wip
use std::{fs::File,collections::HashMap};
use hefu_reconcile::*;
fn read(p:&str)->Vec<Record>{
 let f=flate2::read::GzDecoder::new(File::open(p).unwrap());
 let mut r=csv::Reader::from_reader(f);
 r.records().map(|x|{let x=x.unwrap();Record{id:x[0].into(),date:x[1].parse().ok(),amount:(x[2].parse::<f64>().unwrap()*100.0).round() as i64,text:x[3].into(),..Default::default()}}).collect()
}
fn main(){
 let d="/work/shared/data/reconcile/";
 let l=read(&format!("{d}payments.csv.gz"));let r=read(&format!("{d}receipts.csv.gz"));
 let t:HashMap<String,String>={let f=flate2::read::GzDecoder::new(File::open(format!("{d}truth.csv.gz")).unwrap());csv::Reader::from_reader(f).records().map(|x|{let x=x.unwrap();(x[0].into(),x[1].into())}).collect()};
 let t0=std::time::Instant::now();
 let out=reconcile(&l,&r,&Options{accept_from:std::env::var("ACC").ok().and_then(|x|x.parse().ok()).unwrap_or(0.99)});
 eprintln!("took {:?}",t0.elapsed());
 let n=t.len() as f64;
 for th in [0.8,0.9,0.95,0.98,0.99,0.995,0.998,0.999,0.9999,0.99999]{
  let s:Vec<_>=out.matches.iter().filter(|m|m.probability>=th).collect();
  let g=s.iter().filter(|m|m.left.len()==1&&m.right.len()==1&& t[&l[m.left[0]].id]==r[m.right[0]].id).count() as f64;
  let (p,rc)=(g/s.len() as f64,g/n);
  println!("{th}: P {p:.5} R {rc:.5} F1 {:.5} wrong {}",2.*p*rc/(p+rc),s.len() as f64-g);
 }
 let mut k:std::collections::BTreeMap<_,usize>=Default::default();
 for m in &out.matches {*k.entry(m.kind.as_str()).or_default()+=1}
 for m in &out.findings {*k.entry(m.kind.as_str()).or_default()+=1}
 println!("{k:?}");
}
