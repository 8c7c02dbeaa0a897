//! The ledger as an outsider sees it, over HTTP on both engines: everything is checked by implementations of the
//! specifications that are not ours.

use std::collections::HashMap;

use crate::common::Server;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use hefu_app::{
    Context,
    people::{guest::CreateGuest, profile::GuestInput},
};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Hash, Tile, TileHashReader, TileReader, check_record, check_tree, prove_record,
    prove_tree, record_hash,
};
use tower::ServiceExt as _;

async fn bytes(s: &Server, path: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = s.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
}

/// The checkpoint as an outsider accepts it, who has the key from elsewhere.
async fn checkpoint(s: &Server, key: &str) -> Checkpoint {
    let (status, note) = bytes(s, "/log/checkpoint").await;
    assert_eq!(status, StatusCode::OK);
    opened(&note, key)
}

fn opened(note: &[u8], key: &str) -> Checkpoint {
    let note = Note::from_bytes(note).unwrap();
    let known = VerifierList::new(vec![Box::new(StandardVerifier::new(key).unwrap())]);
    note.verify(&known).unwrap();
    Checkpoint::from_bytes(note.text()).unwrap()
}

/// Every tile a tree of this size has, fetched.
struct Fetched(HashMap<Tile, Vec<u8>>);

impl Fetched {
    async fn of(s: &Server, size: u64) -> Self {
        let mut tiles = HashMap::new();
        for tile in Tile::new_tiles(8, 0, size) {
            let level_path = tile.path().replacen("tile/8/", "/log/tile/", 1);
            let (status, hashes) = bytes(s, &level_path).await;
            assert_eq!(status, StatusCode::OK, "{level_path}");
            tiles.insert(tile, hashes);
        }
        Self(tiles)
    }
}

impl TileReader for Fetched {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        Ok(tiles.iter().map(|tile| self.0[tile].clone()).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// The entries of a bundle.
fn entries(mut bundle: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at(u16::from_be_bytes(*length).into());
        found.push(entry.to_vec());
        bundle = rest;
    }
    found
}

async fn write(s: &Server, count: usize) {
    for number in 0..count {
        let guest = GuestInput { full_name: format!("客{number}"), ..GuestInput::default() };
        s.app.execute(Context::job("desk"), CreateGuest(guest)).await.unwrap();
    }
    s.db.clock.advance(TimeDelta::seconds(1));
    s.app.sequence().await.unwrap();
}

both_engines! {
    async fn an_outsider_can_check_every_entry(db: TestDb) {
        let s = Server::new(db).await;
        let key = s.get("/api/v1/journal/key").await["key"].as_str().unwrap().to_owned();
        s.book("DBL", "2026-10-10", "2026-10-12").await;
        write(&s, 20).await;
        let earlier = checkpoint(&s, &key).await;
        write(&s, 300).await;
        let now = checkpoint(&s, &key).await;
        assert!(now.size() > 300 && now.size() > earlier.size() && earlier.size() > 20);

        let fetched = Fetched::of(&s, now.size()).await;
        let reader = TileHashReader::new(now.size(), *now.hash(), &fetched);
        // What was there is still there, in the same places.
        let consistent = prove_tree(now.size(), earlier.size(), &reader).unwrap();
        check_tree(&consistent, now.size(), *now.hash(), earlier.size(), *earlier.hash()).unwrap();

        let (_, full) = bytes(&s, "/log/tile/entries/000").await;
        let (_, rest) = bytes(&s, &format!("/log/tile/entries/001.p/{}", now.size() - 256)).await;
        let all: Vec<Vec<u8>> = entries(&full).into_iter().chain(entries(&rest)).collect();
        assert_eq!(all.len() as u64, now.size());
        for (index, entry) in all.iter().enumerate() {
            let index = index as u64;
            let proof = prove_record(now.size(), index, &reader).unwrap();
            check_record(&proof, now.size(), *now.hash(), index, record_hash(entry)).unwrap();
        }

        // The proof for those who do not read tiles.
        for index in [0, 7, 255, 256, now.size() - 1] {
            let given = s.get(&format!("/api/v1/journal/{index}/proof")).await;
            let leaf = given["leaf"].as_str().unwrap();
            assert_eq!(leaf.as_bytes(), all[index as usize]);
            let decode = |text: &serde_json::Value| {
                Hash(BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap().try_into().unwrap())
            };
            let proof = given["proof"].as_array().unwrap().iter().map(decode).collect::<Vec<_>>();
            let signed = opened(given["checkpoint"].as_str().unwrap().as_bytes(), &key);
            assert_eq!(given["size"], signed.size());
            assert_eq!(decode(&given["leaf_hash"]), record_hash(leaf.as_bytes()));
            check_record(&proof, signed.size(), *signed.hash(), index, record_hash(leaf.as_bytes())).unwrap();
            // What the proof is over is an opaque id and the commitment of what the journal tells.
            let told = s.get(&format!("/api/v1/journal/{index}")).await;
            let read: serde_json::Value = serde_json::from_str(leaf).unwrap();
            assert_eq!(read, json!({ "id": told["id"], "commitment": told["commitment"] }));
        }
        let text = String::from_utf8(all.concat()).unwrap();
        for told in ["reservation.book", "guest.create", "local", "job:", "2026-10", "客", "张伟"] {
            assert!(!text.contains(told), "{told}");
        }
        assert_eq!(bytes(&s, "/log/keys").await.1, format!("0 - {key}\n").into_bytes());
    }

    async fn what_the_ledger_does_not_have_is_not_found(db: TestDb) {
        let s = Server::new(db).await;
        let (status, problem) = s.send(Method::GET, "/log/checkpoint", None, &[]).await;
        assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("not_found")));
        write(&s, 3).await;
        let size = s.get("/api/v1/journal?limit=1").await["items"][0]["log_index"].as_u64().unwrap() + 1;
        for path in [
            "/log/tile/0/000", "/log/tile/0/001.p/1", "/log/tile/1/000.p/1", "/log/tile/entries/000",
            "/log/tile/entries/x999/x999/x999/x999/x999/x999/999", "/log/tile/7", "/log/tile/0/0x1", "/log/tile/0/000.p/256",
            &format!("/log/tile/0/000.p/{}", size + 1), &format!("/log/tile/entries/000.p/{}", size + 1),
            &format!("/api/v1/journal/{size}/proof"), "/api/v1/journal/-1/proof", "/api/v1/journal/9223372036854775807/proof",
        ] {
            let (status, problem) = s.send(Method::GET, path, None, &[]).await;
            assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("not_found")), "{path}");
        }
        for path in [&format!("/log/tile/0/000.p/{size}"), "/log/tile/0/000.p/1", "/log/tile/entries/000.p/2"] {
            assert_eq!(bytes(&s, path).await.0, StatusCode::OK, "{path}");
        }
    }
}
