//! A witness as ledgers and monitors meet it: every answer that c2sp.org/tlog-witness prescribes.

use std::{collections::HashMap, path::Path, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use hefu_kernel::FixedClock;
use hefu_ledger::{
    AddCheckpoint, Grown, Hash, KeyKind, Note, Signer, TileId, Tiles, Tree, Verifier, consistency_proof,
    empty_root, leaf_hash, origin_hash,
};
use hefu_witness::{Witness, WitnessError};
use tower::ServiceExt as _;

const NOW: &str = "2026-10-03T08:00:00Z";

fn ledger(name: &str, seed: u8) -> Signer {
    Signer::new(KeyKind::Ledger, name, &[seed; 32]).unwrap()
}

/// A ledger that grows.
struct Log {
    signer: Signer,
    tree: Tree,
    roots: Vec<Hash>,
    tiles: HashMap<TileId, Vec<u8>>,
}

impl Log {
    fn new(signer: Signer) -> Self {
        Self { signer, tree: Tree::new(), roots: vec![empty_root()], tiles: HashMap::new() }
    }

    fn grow_to(&mut self, size: u64) {
        let mut grown = Grown::new();
        while self.tree.size() < size {
            let entry = format!("{} {}", self.signer.name(), self.tree.size());
            self.tree.push(leaf_hash(entry.as_bytes()), &mut grown);
            self.roots.push(self.tree.root());
        }
        self.tiles.extend(grown);
        self.tiles.extend(self.tree.partial());
    }

    fn note(&self, size: u64) -> String {
        self.signer.sign(size, self.roots[size as usize])
    }

    fn proof(&self, old: u64, size: u64) -> Vec<Hash> {
        consistency_proof(old, size, &mut Tiles(|id| self.tiles.get(&id).cloned())).unwrap()
    }

    fn request(&self, old: u64, size: u64) -> AddCheckpoint {
        AddCheckpoint { old, proof: self.proof(old, size), note: self.note(size) }
    }
}

struct Witnessing {
    router: Router,
    key: Verifier,
}

impl Witnessing {
    fn open(dir: &Path, ledgers: &[&Signer]) -> Self {
        let signer = Signer::new(KeyKind::Witness, "witness.example/w1", &[9; 32]).unwrap();
        let key = signer.verifier();
        let ledgers = ledgers.iter().map(|ledger| ledger.verifier()).collect();
        let witness = Arc::new(Witness::open(dir.to_owned(), signer, ledgers).unwrap());
        let clock = Arc::new(FixedClock::at(NOW.parse().unwrap()));
        Self { router: hefu_http::witness::routes("", witness, clock), key }
    }

    /// Status, content type and body.
    async fn send(&self, method: &str, path: &str, body: &[u8]) -> (u16, String, String) {
        let request = Request::builder().method(method).uri(path).body(Body::from(body.to_vec())).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let kind = answer.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, kind.unwrap_or_default(), String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn add(&self, body: impl ToString) -> (u16, String, String) {
        self.send("POST", "/add-checkpoint", body.to_string().as_bytes()).await
    }

    /// Cosigns; the lines are of its key, over this note, at this time.
    async fn cosigned(&self, request: &AddCheckpoint) {
        let (status, _, lines) = self.add(request).await;
        assert_eq!(status, 200, "{lines}");
        let note: Note = format!("{}{lines}", request.note).parse().unwrap();
        let now: chrono::DateTime<chrono::Utc> = NOW.parse().unwrap();
        assert_eq!(self.key.signed(&note), Ok(now.timestamp() as u64));
        assert!(lines.starts_with('\u{2014}') && lines.ends_with('\n'));
    }
}

#[tokio::test]
async fn every_answer_is_the_prescribed_one() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, rotated) = (Log::new(ledger("hefu/one", 1)), ledger("hefu/one", 2));
    let mut other = Log::new(ledger("hefu/two", 3));
    let mut stranger = Log::new(ledger("hefu/three", 4));
    [&mut log, &mut other, &mut stranger].into_iter().for_each(|log| log.grow_to(300));
    let w = Witnessing::open(dir.path(), &[&log.signer, &rotated, &other.signer]);

    // It never saw it: the size is zero.
    let (status, kind, size) = w.add(log.request(5, 7)).await;
    assert_eq!((status, kind.as_str(), size.as_str()), (409, "text/x.tlog.size", "0\n"));
    w.cosigned(&log.request(0, 7)).await;
    w.cosigned(&log.request(7, 260)).await;
    // The same again, as after an answer that was lost.
    w.cosigned(&log.request(260, 260)).await;

    let good = log.request(260, 300);
    let with_note = |note: String| AddCheckpoint { note, ..good.clone() };
    let parts = good.to_string();
    let signed_by = |signer: &Signer, size: u64| signer.sign(size, log.roots[size as usize]);
    let two_lines = |first: &str, second: &str| {
        let mut note: Note = first.parse().unwrap();
        note.signatures.extend(second.parse::<Note>().unwrap().signatures);
        note.to_string()
    };
    let forged = log.note(300).replacen("300", "299", 1);
    let empty = |root: Hash| AddCheckpoint { old: 0, proof: Vec::new(), note: other.signer.sign(0, root) };
    let cases: Vec<(&str, String, u16)> = vec![
        ("another ledger", stranger.request(0, 7).to_string(), 404),
        ("another ledger, whatever else is wrong", stranger.request(5, 7).to_string(), 404),
        ("a key that is not known", with_note(signed_by(&ledger("hefu/one", 5), 300)).to_string(), 403),
        ("a known key's signature of another text", with_note(forged.clone()).to_string(), 403),
        (
            "a good signature beside one that is not",
            with_note(two_lines(&log.note(300), &log.note(299))).to_string(),
            403,
        ),
        ("an old size above the new one", AddCheckpoint { old: 301, ..good.clone() }.to_string(), 400),
        ("no old size", parts.replacen("old 260\n", "", 1), 400),
        ("an old size with a zero before it", parts.replacen("old 260", "old 0260", 1), 400),
        ("an old size with a sign", parts.replacen("old 260", "old +260", 1), 400),
        ("two spaces", parts.replacen("old 260", "old  260", 1), 400),
        ("no empty line", parts.replacen("\n\n", "\n", 1), 400),
        ("a proof line that is no hash", parts.replacen("\n\n", "\nAAAA\n\n", 1), 400),
        ("64 proof lines", AddCheckpoint { proof: vec![[0; 32]; 64], ..good.clone() }.to_string(), 400),
        ("no signature", parts.split("\n\n").take(2).collect::<Vec<_>>().join("\n\n") + "\n", 400),
        ("a note cut short", parts[..parts.len() - 20].to_owned(), 400),
        ("nothing", String::new(), 400),
        ("no proof", AddCheckpoint { proof: Vec::new(), ..good.clone() }.to_string(), 422),
        (
            "a proof too long",
            AddCheckpoint { proof: [&good.proof[..], &[[0; 32]]].concat(), ..good.clone() }.to_string(),
            422,
        ),
        ("another history", with_note(log.signer.sign(300, leaf_hash(b"another"))).to_string(), 422),
        (
            "another history of the same size",
            AddCheckpoint { old: 260, proof: Vec::new(), note: log.signer.sign(260, leaf_hash(b"another")) }
                .to_string(),
            422,
        ),
        (
            "a proof where there is none",
            AddCheckpoint { proof: vec![[0; 32]], ..other.request(0, 7) }.to_string(),
            422,
        ),
        ("an empty ledger with a root of something", empty(leaf_hash(b"")).to_string(), 422),
        ("fewer than it saw", log.request(7, 100).to_string(), 409),
        ("what it saw, in another order", log.request(100, 260).to_string(), 409),
    ];
    for (what, body, expected) in &cases {
        let (status, kind, answer) = w.add(body).await;
        assert_eq!(status, *expected, "{what}: {answer}");
        if status == 409 {
            assert_eq!((kind.as_str(), answer.as_str()), ("text/x.tlog.size", "260\n"), "{what}");
        }
    }
    let mut broken = good.to_string().into_bytes();
    broken[3] = 0xff;
    assert_eq!(w.send("POST", "/add-checkpoint", &broken).await.0, 400);
    assert_eq!(w.send("GET", "/add-checkpoint", b"").await.0, 405);
    assert_eq!(w.send("POST", "/add-checkpoint", &vec![b'a'; 100_000]).await.0, 413);

    // None of it was remembered.
    let monitored = async |log: &Log| {
        w.send("GET", &format!("/{}/checkpoint", origin_hash(log.signer.name())), b"").await
    };
    let (status, _, note) = monitored(&log).await;
    let kept: Note = note.parse().unwrap();
    assert_eq!(
        (status, log.signer.verifier().open(&note).unwrap().size, kept.signatures.len()),
        (200, 260, 2)
    );
    assert!(w.key.signed(&kept).is_ok());
    assert_eq!(monitored(&other).await.0, 404);
    for path in ["/../witness.key/checkpoint", "/x/checkpoint", "/witness.lock/checkpoint"] {
        assert_eq!(w.send("GET", path, b"").await.0, 404, "{path}");
    }

    // Signatures of others are passed over; a key of the ledger that took over counts like the one before.
    w.cosigned(&with_note(two_lines(&log.note(300), &signed_by(&ledger("elsewhere", 7), 300)))).await;
    assert!(!monitored(&log).await.2.contains("elsewhere"));
    w.cosigned(&AddCheckpoint {
        note: two_lines(&log.note(300), &signed_by(&rotated, 300)),
        ..log.request(300, 300)
    })
    .await;
    w.cosigned(&AddCheckpoint { note: signed_by(&rotated, 300), ..log.request(300, 300) }).await;
    // An empty ledger can be cosigned, and each ledger is remembered apart.
    w.cosigned(&empty(empty_root())).await;
    w.cosigned(&other.request(0, 300)).await;
}

#[tokio::test]
async fn what_it_cosigned_is_remembered_after_a_new_start_and_by_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::new(ledger("hefu/one", 1));
    log.grow_to(20);
    let w = Witnessing::open(dir.path(), &[&log.signer]);
    w.cosigned(&log.request(0, 7)).await;
    let signer = || Signer::new(KeyKind::Witness, "witness.example/w1", &[9; 32]).unwrap();
    let second = Witness::open(dir.path().to_owned(), signer(), Vec::new());
    assert!(second.unwrap_err().to_string().contains("another process"));
    drop(w);

    let w = Witnessing::open(dir.path(), &[&log.signer]);
    assert_eq!(w.add(log.request(0, 20)).await.2, "7\n");
    w.cosigned(&log.request(7, 20)).await;
    drop(w);

    // What cannot be read is not the same as nothing: it does not begin anew.
    let file = dir.path().join(format!("{}.checkpoint", origin_hash("hefu/one")));
    std::fs::write(&file, "").unwrap();
    let witness = Witness::open(dir.path().to_owned(), signer(), vec![log.signer.verifier()]).unwrap();
    let refused = witness.add(&log.request(0, 7).to_string(), 1);
    assert!(matches!(refused, Err(WitnessError::Memory(_))), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_histories_at_once_it_cosigns_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::new(ledger("hefu/one", 1));
    log.grow_to(64);
    let w = Arc::new(Witnessing::open(dir.path(), &[&log.signer]));
    w.cosigned(&log.request(0, 7)).await;
    let fork = |root: u8| AddCheckpoint { old: 7, proof: Vec::new(), note: log.signer.sign(7, [root; 32]) };
    let sizes: Vec<AddCheckpoint> = (8..40).map(|size| log.request(7, size)).collect();
    let asked = sizes.into_iter().map(|request| {
        let w = w.clone();
        tokio::spawn(async move { w.add(request).await.0 })
    });
    let mut answers = Vec::new();
    for answer in asked.collect::<Vec<_>>() {
        answers.push(answer.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| [200, 409].contains(status)));
    assert_eq!(w.add(fork(1)).await.0, 409);
}
