//! The signed checkpoints, in the database and elsewhere, held against the tree as it grows past them.

use std::collections::{BTreeMap, BTreeSet};

use hefu_core::Result;
use hefu_ledger::{Checkpoint, KeyKind, Note, NoteError, Tree};
use hefu_store::{Conn, query};

use super::fault::Fault;
use crate::ledger::{Ledger, LedgerKeys};

/// Checkpoints read at once.
const CHECKPOINTS: i64 = 1_000;

/// A checkpoint that somebody has kept outside the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Who has it, for people to read.
    pub by: String,
    /// The signed note.
    pub note: String,
}

/// What a witness answered when it was asked just now which checkpoint it cosigned last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Name of the witness.
    pub witness: String,
    /// The signed note; none: it has not cosigned any.
    pub note: Option<String>,
}

/// What is wrong, and where.
pub(super) type Found = Vec<(Fault, String)>;

/// A checkpoint whose turn comes when the tree has its size.
struct Ahead {
    at: String,
    checkpoint: Checkpoint,
    /// The witnesses that cosigned it.
    witnesses: Vec<String>,
}

/// The signed checkpoints in order, as the tree grows past them.
pub(super) struct Checkpoints<'a> {
    ledger: &'a Ledger,
    keys: &'a LedgerKeys,
    /// Those kept elsewhere, the largest first.
    kept: Vec<Ahead>,
    /// Those read from the database and not yet reached, the next one last.
    ahead: Vec<Ahead>,
    /// The size of the last one read.
    read: i64,
    is_all: bool,
    /// How many were read.
    pub(super) count: i64,
    /// The size of the largest checkpoint that each witness cosigned and the tree bears out.
    cosigned: BTreeMap<String, u64>,
    /// The witnesses that answered; none: they were not asked.
    answered: Option<BTreeSet<String>>,
}

impl<'a> Checkpoints<'a> {
    pub(super) fn of(
        (ledger, keys): (&'a Ledger, &'a LedgerKeys),
        kept: &[Kept],
        answers: Option<&[Answer]>,
        found: &mut Found,
    ) -> Self {
        // A checkpoint over nothing would not be signed; below the smallest, so that the first is read.
        let mut all = Self {
            ledger,
            keys,
            kept: Vec::new(),
            ahead: Vec::new(),
            read: -1,
            is_all: false,
            count: 0,
            cosigned: BTreeMap::new(),
            answered: None,
        };
        for Kept { by, note } in kept {
            let at = format!("the checkpoint of {by}");
            let opened = all.open(&at, note, found);
            all.kept.extend(opened);
        }
        for answer in answers.unwrap_or_default() {
            let Some(note) = &answer.note else { continue };
            let at = format!("the checkpoint of the witness {}", answer.witness);
            let opened = all.open(&at, note, found);
            if opened.as_ref().is_some_and(|opened| !opened.witnesses.contains(&answer.witness)) {
                found.push((Fault::CheckpointForged, format!("{at} is not cosigned by it")));
            }
            all.kept.extend(opened);
        }
        all.answered = answers.map(|answers| answers.iter().map(|answer| answer.witness.clone()).collect());
        all.kept.sort_by_key(|one| std::cmp::Reverse(one.checkpoint.size));
        all
    }

    /// Opens a note: a key of the ledger signed it, and no signature of a key that is known is of another text.
    fn open(&self, at: &str, note: &str, found: &mut Found) -> Option<Ahead> {
        let mut forged = |error: String| found.push((Fault::CheckpointForged, format!("{at} {error}")));
        let checkpoint = match self.keys.open(note) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                forged(error.to_string());
                return None;
            }
        };
        let note: Note = note.parse().ok()?;
        let mut witnesses = Vec::new();
        for witness in self.ledger.witnesses() {
            match witness.signed(&note) {
                Ok(_) => witnesses.push(witness.name().to_owned()),
                Err(NoteError::Unsigned) => {}
                Err(error) => {
                    forged(format!("in the name of {}: {error}", witness.name()));
                    return None;
                }
            }
        }
        Some(Ahead { at: at.to_owned(), checkpoint, witnesses })
    }

    async fn fill(&mut self, c: &mut Conn, found: &mut Found) -> Result<()> {
        while self.ahead.is_empty() && !self.is_all {
            let more = query::ledger::checkpoints(c, self.read, CHECKPOINTS).await?;
            self.is_all = more.is_empty();
            self.read = more.last().map_or(self.read, |last| last.size);
            for row in more {
                self.count += 1;
                let at = format!("checkpoint {}", row.size);
                match self.open(&at, &row.note, found) {
                    Some(one) if i64::try_from(one.checkpoint.size) == Ok(row.size) => self.ahead.push(one),
                    Some(_) => found.push((Fault::CheckpointForged, format!("{at} tells another size"))),
                    None => {}
                }
            }
            self.ahead.reverse();
        }
        Ok(())
    }

    fn compare(&mut self, one: Ahead, tree: &Tree, found: &mut Found) {
        let Ahead { at, checkpoint, witnesses } = one;
        if checkpoint.root != tree.root() {
            found.push((Fault::CheckpointContradicts, format!("{at}, of {} entries", checkpoint.size)));
            return;
        }
        for witness in witnesses {
            let size = self.cosigned.entry(witness).or_default();
            *size = checkpoint.size.max(*size);
        }
    }

    /// Holds the tree against the checkpoints of its size.
    pub(super) async fn check(&mut self, c: &mut Conn, tree: &Tree, found: &mut Found) -> Result<()> {
        self.fill(c, found).await?;
        while let Some(next) = self.kept.pop_if(|next| next.checkpoint.size == tree.size()) {
            self.compare(next, tree, found);
        }
        while let Some(next) = self.ahead.pop_if(|next| next.checkpoint.size == tree.size()) {
            self.compare(next, tree, found);
            self.fill(c, found).await?;
        }
        Ok(())
    }

    /// The tree does not grow further: what is left speaks of entries that are not there. Of `settled` entries, those that are not quite new, enough
    /// witnesses must know. Answers who does.
    pub(super) async fn end(
        mut self,
        c: &mut Conn,
        tree: &Tree,
        settled: u64,
        found: &mut Found,
    ) -> Result<Vec<String>> {
        loop {
            self.fill(c, found).await?;
            let Some(next) = self.ahead.pop() else { break };
            found.push((Fault::LedgerCut, format!("{} of a ledger of {}", next.at, tree.size())));
        }
        for next in &self.kept {
            let at = format!("{}, {} of a ledger of {}", next.at, next.checkpoint.size, tree.size());
            found.push((Fault::LedgerCut, at));
        }
        let witnesses = self.ledger.witnesses().iter().filter(|witness| witness.kind() == KeyKind::Witness);
        let knows = |witness: &&str| {
            self.cosigned.get(*witness).copied().unwrap_or_default() >= settled
                && self.answered.as_ref().is_none_or(|answered| answered.contains(*witness))
        };
        let knowing: Vec<String> =
            witnesses.map(hefu_ledger::Verifier::name).filter(knows).map(str::to_owned).collect();
        if knowing.len() < self.ledger.quorum() {
            let at =
                format!("{} of {} witnesses know of {settled} entries", knowing.len(), self.ledger.quorum());
            found.push((Fault::Unwitnessed, at));
        }
        Ok(knowing)
    }
}
