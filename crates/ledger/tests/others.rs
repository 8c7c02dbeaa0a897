//! What this crate builds, checked by implementations that are not ours: Cloudflare's `tlog_tiles` and `signed_note`.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;

use hefu_ledger::{
    AddCheckpoint, Grown, KeyKind, Refusal, Signer, TileId, Tiles, Tree, consistency_proof, empty_root,
    inclusion_proof, is_consistent, leaf_hash, root_from_proof, tiles_of_consistency, tiles_of_inclusion,
    tiles_of_root, tree_root,
};
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{
    Error, Hash, Tile, TileHashReader, TileReader, check_record, check_tree, prove_record, prove_tree,
};

fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

/// A tree of `size` entries, made in batches as the sequencer does, and its tiles as they are kept.
struct Log {
    tree: Tree,
    tiles: HashMap<TileId, Vec<u8>>,
}

impl Log {
    fn new() -> Self {
        Self { tree: Tree::new(), tiles: HashMap::new() }
    }

    fn grow_to(&mut self, size: u64) {
        // From what is kept, as after a restart.
        let mut tree = Tree::of(self.tree.size(), |id| self.tiles.get(&id).cloned()).unwrap();
        assert_eq!(tree, self.tree);
        let mut grown = Grown::new();
        for index in tree.size()..size {
            tree.push(leaf_hash(&entry(index)), &mut grown);
        }
        self.tiles.extend(grown);
        self.tiles.extend(tree.partial());
        self.tree = tree;
    }
}

impl TileReader for Log {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = |tile: &Tile| {
            let kept = &self.tiles[&TileId { level: tile.level(), index: tile.level_index() }];
            kept[..32 * tile.width() as usize].to_vec()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// Sizes around every border there is below three levels.
const SIZES: [u64; 16] =
    [1, 2, 3, 7, 8, 255, 256, 257, 511, 513, 1_000, 65_535, 65_536, 65_537, 65_800, 70_001];

#[test]
fn another_implementation_finds_every_entry_in_the_tiles() {
    let mut log = Log::new();
    assert_eq!(log.tree.root(), empty_root());
    let mut earlier: Vec<(u64, Hash)> = Vec::new();
    for size in SIZES {
        log.grow_to(size);
        let root = Hash(log.tree.root());
        let reader = TileHashReader::new(size, root, &log);
        for index in [0, size / 3, size / 2, size - 1] {
            let leaf = tlog_tiles::record_hash(&entry(index));
            let proof = prove_record(size, index, &reader).unwrap();
            check_record(&proof, size, root, index, leaf).unwrap();
            // And ours is the same proof.
            let ours = inclusion_proof(index, size, &mut Tiles(|id| log.tiles.get(&id).cloned())).unwrap();
            assert_eq!(ours.iter().map(|hash| Hash(*hash)).collect::<Vec<_>>(), proof);
            assert_eq!(root_from_proof(leaf.0, index, size, &ours), Some(root.0));
            assert_ne!(root_from_proof(leaf_hash(b"another"), index, size, &ours), Some(root.0));
            let known = tiles_of_inclusion(index, size);
            let of_known = |id| known.contains(&id).then(|| log.tiles[&id].clone());
            assert_eq!(inclusion_proof(index, size, &mut Tiles(of_known)), Some(ours));
        }
        for (size_then, root_then) in &earlier {
            let proof = prove_tree(size, *size_then, &reader).unwrap();
            check_tree(&proof, size, root, *size_then, *root_then).unwrap();
            let now = (size, root.0);
            let ours =
                consistency_proof(*size_then, size, &mut Tiles(|id| log.tiles.get(&id).cloned())).unwrap();
            assert_eq!(ours.iter().map(|hash| Hash(*hash)).collect::<Vec<_>>(), proof);
            let then = (*size_then, root_then.0);
            assert!(is_consistent(then, now, &ours));
            let known = tiles_of_consistency(*size_then, size);
            let of_known = |id| known.contains(&id).then(|| log.tiles[&id].clone());
            assert_eq!(consistency_proof(*size_then, size, &mut Tiles(of_known)), Some(ours.clone()));
            for (old, new) in [
                ((then.0, leaf_hash(b"another")), now),
                (then, (now.0, leaf_hash(b"another"))),
                ((then.0 + 1, then.1), now),
                (then, (now.0 + 1, now.1)),
                (now, then),
            ] {
                // A root does not say of how many entries it is: with another size a proof may hold.
                let theirs =
                    new.0 >= old.0 && check_tree(&proof, new.0, Hash(new.1), old.0, Hash(old.1)).is_ok();
                assert_eq!(is_consistent(old, new, &ours), theirs, "{old:?} {new:?}");
                assert!(!theirs || old.1 == then.1 && new.1 == now.1, "{old:?} {new:?}");
            }
            for at in 0..ours.len() {
                let mut altered = ours.clone();
                altered[at][31] ^= 1;
                assert!(!is_consistent(then, now, &altered));
                altered.remove(at);
                assert!(!is_consistent(then, now, &altered));
            }
            assert!(!is_consistent(then, now, &[&ours[..], &[root.0]].concat()));
            let known = tiles_of_root(*size_then);
            let of_known = |id| known.contains(&id).then(|| log.tiles[&id].clone());
            assert_eq!(tree_root(*size_then, &mut Tiles(of_known)), Some(root_then.0));
        }
        earlier.push((size, root));
    }
}

#[test]
fn another_implementation_takes_the_checkpoint() {
    let signer = Signer::new(KeyKind::Ledger, "hefu.example/log", &[9; 32]).unwrap();
    let note = signer.sign(70_001, leaf_hash(b"root"));
    let verifier = StandardVerifier::new(&signer.verifier().to_string()).unwrap();
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let read = Note::from_bytes(note.as_bytes()).unwrap();
    assert_eq!(read.verify(&known).unwrap().0.len(), 1);
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(read.text()).unwrap();
    assert_eq!((checkpoint.origin(), checkpoint.size()), ("hefu.example/log", 70_001));
    assert_eq!(checkpoint.hash().0, leaf_hash(b"root"));

    let altered = Note::from_bytes(note.replace("70001", "70002").as_bytes()).unwrap();
    assert!(altered.verify(&known).is_err());
}

#[test]
fn another_implementation_reads_the_key() {
    let ours = Signer::new(KeyKind::Ledger, "hefu.example/log", &[9; 32]).unwrap();
    let theirs = signed_note::StandardSigner::new(&ours.secret()).unwrap();
    let mut note = Note::new(b"hefu.example/log\n", &[]).unwrap();
    note.add_sigs(&[&theirs]).unwrap();
    let read: hefu_ledger::Note = String::from_utf8(note.to_bytes()).unwrap().parse().unwrap();
    assert_eq!(ours.verifier().signed(&read), Ok(0));
}

#[test]
fn a_witness_cosigns_what_grew_and_nothing_else() {
    let ledger = Signer::new(KeyKind::Ledger, "hefu.example/log", &[9; 32]).unwrap();
    let known = [ledger.verifier()];
    let mut log = Log::new();
    let (mut last, mut asked) = (None, Vec::new());
    for size in SIZES {
        log.grow_to(size);
        let old = last.as_ref().map_or(0, |last: &hefu_ledger::Checkpoint| last.size);
        let proof = consistency_proof(old, size, &mut Tiles(|id| log.tiles.get(&id).cloned())).unwrap();
        let request = AddCheckpoint { old, proof, note: ledger.sign(size, log.tree.root()) };
        let request: AddCheckpoint = request.to_string().parse().unwrap();
        let (note, checkpoint) = request.judge(&known, last.as_ref()).unwrap();
        assert_eq!((note.to_string(), checkpoint.size), (request.note.clone(), size));
        // Another history of the same size.
        let forged = AddCheckpoint { note: ledger.sign(size, leaf_hash(b"another")), ..request.clone() };
        let judged = forged.judge(&known, last.as_ref());
        assert_eq!(
            judged.err(),
            (old > 0).then_some(Refusal::Inconsistent),
            "any history is as good as a first"
        );
        last = Some(checkpoint);
        // What was cosigned already is asked for with an old size that is passed.
        assert_eq!(request.judge(&known, last.as_ref()), Err(Refusal::OtherSize(size)));
        asked.push(request);
    }
    assert!(asked.iter().all(|request| request.judge(&[], None) == Err(Refusal::UnknownOrigin)));
}
