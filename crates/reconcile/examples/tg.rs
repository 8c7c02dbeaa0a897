//! wip
use std::collections::{BTreeMap,HashSet};
use hefu_reconcile::*;
fn read(p:&str)->Vec<Record>{
 let mut r=csv::Reader::from_path(p).unwrap();
 r.records().map(|x|{let x=x.unwrap();Record{id:x[0].into(),date:x[1].parse().ok(),amount:(x[2].parse::<f64>().unwrap()*100.0).round() as i64,text:x[3].into(),reference:x[4].into(),..Default::default()}}).collect()
}
fn main(){
 let d=std::env::args().nth(1).unwrap();
 let v=std::env::args().nth(2).is_some();
 let l=read(&format!("{d}/left.csv"));let r=read(&format!("{d}/right.csv"));
 let mut truth:BTreeMap<String,HashSet<(String,String)>>=Default::default();
 for x in csv::Reader::from_path(format!("{d}/truth.csv")).unwrap().records(){let x=x.unwrap();truth.entry(x[0].to_string()).or_default().insert((x[1].into(),x[2].into()));}
 let t0=std::time::Instant::now();
 let out=reconcile(&l,&r,&Options{accept_from:std::env::var("ACC").ok().and_then(|x|x.parse().ok()).unwrap_or(0.99)});
 let took=t0.elapsed();
 let mut found=HashSet::new();
 for m in &out.matches { if m.kind==Kind::Offset { let s=if m.left.is_empty(){&r}else{&l}; let ix=if m.left.is_empty(){&m.right}else{&m.left}; let mut a=[s[ix[0]].id.clone(),s[ix[1]].id.clone()]; a.sort(); found.insert((a[0].clone(),a[1].clone())); } else { for a in &m.left { for b in &m.right { found.insert((l[*a].id.clone(),r[*b].id.clone())); } } } }
 let mut good=0;let mut total=0;
 let li:std::collections::HashMap<&str,&Record>=l.iter().chain(&r).map(|x|(x.id.as_str(),x)).collect();
 let mut tot=String::new();
 for (k,s) in &truth { let g=s.intersection(&found).count(); if k!="offset"{good+=g;total+=s.len();} tot+=&format!(" {k} {g}/{}",s.len());
  if v { let mut miss:Vec<_>=s.difference(&found).collect(); miss.sort(); for (a,b) in miss.iter().take(12){ let (x,y)=(li[a.as_str()],li[b.as_str()]); println!("MISS {k} {a} {} {} {} {} | {b} {} {} {} {}",x.date.unwrap(),x.amount,x.text,x.reference,y.date.unwrap(),y.amount,y.text,y.reference);
    for f in &out.findings { let (s,i)=(if f.place.side==Side::Left{&l}else{&r},f.place.index); if s[i].id==*a||s[i].id==*b {println!("    {} {:?}",f.kind.as_str(),f.rivals.iter().map(|q|(if q.place.side==Side::Left{&l}else{&r}[q.place.index].id.clone(),q.probability)).collect::<Vec<_>>());}} }} }
 let of:HashSet<_>=truth.get("offset").cloned().unwrap_or_default();
 let all:HashSet<_>=truth.values().flatten().cloned().collect();
 let cross:Vec<_>=found.iter().filter(|(a,b)|a.chars().next()!=b.chars().next()).collect();
 let wrong:Vec<_>=found.iter().filter(|x|!all.contains(x)).collect();
 let _=of;
 if v { for m in &out.matches { if m.kind!=Kind::Offset && m.left.iter().any(|a|m.right.iter().any(|b|!all.contains(&(l[*a].id.clone(),r[*b].id.clone())))) {println!("BAD {:?}",m);} } for (a,b) in &wrong { let (x,y)=(li[a.as_str()],li[b.as_str()]); println!("WRONG {a} {} {} {} {} | {b} {} {} {} {}",x.date.unwrap(),x.amount,x.text,x.reference,y.date.unwrap(),y.amount,y.text,y.reference);} }
 let p=good as f64/cross.len() as f64; let rc=good as f64/total as f64;
 println!("P {p:.4} R {rc:.4} F1 {:.4} wrong {} {tot} {took:?}",2.*p*rc/(p+rc),wrong.len());
}
