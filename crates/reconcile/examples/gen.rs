//! wip
use std::collections::{BTreeMap,HashSet,HashMap};
use hefu_reconcile::*;
use hefu_synthetic::*;
fn main(){
 let seed:u64=std::env::args().nth(1).unwrap().parse().unwrap();let n:u64=std::env::args().nth(2).unwrap().parse().unwrap();
 let v=std::env::args().nth(3).is_some();
 let g=Ledgers::new(seed,n);
 let conv=|e:&LedgerEntry|Record{id:e.id.clone(),date:Some(e.date),amount:e.amount,reference:e.reference.clone(),text:e.text.clone(),..Default::default()};
 let l:Vec<Record>=g.hotel.iter().map(conv).collect();let r:Vec<Record>=g.bank.iter().map(conv).collect();
 let t0=std::time::Instant::now();
 let out=reconcile(&l,&r,&Options{accept_from:std::env::var("ACC").ok().and_then(|x|x.parse().ok()).unwrap_or(0.95)});
 let took=t0.elapsed();
 let by:HashMap<&str,&Record>=l.iter().chain(&r).map(|x|(x.id.as_str(),x)).collect();
 let show=|i:&str|{let x=by[i];format!("{i} {} {} |{}| {}",x.date.unwrap(),x.amount,x.text,x.reference)};
 let mut found=HashSet::new();
 for m in &out.matches { if m.kind==Kind::Offset {let (s,ix)=if m.left.is_empty(){(&r,&m.right)}else{(&l,&m.left)}; let mut a=[s[ix[0]].id.clone(),s[ix[1]].id.clone()];a.sort();found.insert((a[0].clone(),a[1].clone()));} else {for a in &m.left{for b in &m.right{found.insert((l[*a].id.clone(),r[*b].id.clone()));}}} }
 let mut per:BTreeMap<&str,(usize,usize)>=Default::default();let mut all=HashSet::new();
 for t in &g.truth { let mut ps=vec![]; if t.bank.is_empty(){let mut a=t.hotel.clone();a.sort();ps.push((a[0].clone(),a[1].clone()));} else {for a in &t.hotel{for b in &t.bank{ps.push((a.clone(),b.clone()));}}}
  for p in ps { let e=per.entry(t.event.as_str()).or_default(); e.1+=1; if found.contains(&p){e.0+=1}else if v {println!("MISS {} {} <> {}",t.event.as_str(),show(&p.0),show(&p.1)); for f in &out.findings {let s=if f.place.side==Side::Left{&l}else{&r}; let id=&s[f.place.index].id; if *id==p.0||*id==p.1{println!("    {} {:?}",f.kind.as_str(),f.rivals.iter().map(|q|(if q.place.side==Side::Left{&l}else{&r}[q.place.index].id.clone(),q.probability)).collect::<Vec<_>>());}}} all.insert(p);} }
 let wrong:Vec<_>=found.difference(&all).collect();
 if v{for m in &out.matches{ if m.kind!=Kind::Offset&&m.left.iter().any(|a|m.right.iter().any(|b|!all.contains(&(l[*a].id.clone(),r[*b].id.clone())))){println!("BAD {:?} {:.4} {:?}",m.kind,m.probability,m.evidence);for a in &m.left{println!("   {}",show(&l[*a].id));}for b in &m.right{println!("   {}",show(&r[*b].id));}} }}
 let good=all.intersection(&found).count() as f64;let (p,rc)=(good/found.len() as f64,good/all.len() as f64);
 println!("{} x {}: P {p:.4} R {rc:.4} F1 {:.4} wrong {} {took:?}",l.len(),r.len(),2.*p*rc/(p+rc),wrong.len());
 println!("  {}",per.iter().map(|(k,(a,b))|format!("{k} {a}/{b}")).collect::<Vec<_>>().join(" "));
}
