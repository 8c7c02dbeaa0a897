//! How Hefu stands to OWASP ASVS 5.0: `docs/security/asvs.txt` has an answer for each of its requirements, by identifier, and `docs/security/asvs.md` is made of it.
//! What is met names its evidence, and the evidence is looked for.

mod tests {
    use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};

    /// How many requirements of each level version 5.0.0 has.
    const OF_LEVEL: [(&str, usize); 3] = [("1", 70), ("2", 183), ("3", 92)];

    /// Chapters whose requirements of the third level are answered, too.
    const WHOLE: [&str; 6] = ["V6", "V7", "V8", "V11", "V14", "V16"];

    /// Names of the chapters.
    const CHAPTERS: [&str; 17] = [
        "Encoding and sanitization",
        "Validation and business logic",
        "Web frontend",
        "API and web service",
        "File handling",
        "Authentication",
        "Session management",
        "Authorization",
        "Self-contained tokens",
        "OAuth and OIDC",
        "Cryptography",
        "Secure communication",
        "Configuration",
        "Data protection",
        "Secure coding and architecture",
        "Security logging and error handling",
        "WebRTC",
    ];

    struct Answer {
        id: String,
        level: String,
        kind: String,
        rest: Vec<String>,
    }

    impl Answer {
        fn chapter(&self) -> &str {
            self.id.split('.').next().unwrap_or_default()
        }

        fn must_be_given(&self) -> bool {
            self.level != "3" || WHOLE.contains(&self.chapter())
        }
    }

    fn root() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn answers() -> anyhow::Result<Vec<Answer>> {
        let text = std::fs::read_to_string(root().join("docs/security/asvs.txt"))?;
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let read = |line: &str| {
            let mut parts = line.split(" | ").map(str::to_owned);
            let mut next = || parts.next().unwrap_or_default();
            let (id, level, kind) = (next(), next(), next());
            Answer { id, level, kind, rest: parts.collect() }
        };
        Ok(lines.map(read).collect())
    }

    /// Whether the evidence is there: a function of a file, or a text in it.
    fn is_there(evidence: &str) -> bool {
        let (file, needle) = match evidence.split_once("::").filter(|(file, _)| file.ends_with(".rs")) {
            Some((file, name)) => (file, format!("fn {name}(")),
            None => match evidence.split_once('#') {
                Some((file, text)) => (file, text.to_owned()),
                None => return false,
            },
        };
        !needle.is_empty()
            && std::fs::read_to_string(root().join(file)).is_ok_and(|text| text.contains(&needle))
    }

    #[test]
    fn every_requirement_has_an_answer_and_what_is_met_has_evidence() -> anyhow::Result<()> {
        let all = answers()?;
        let ids: BTreeSet<&str> = all.iter().map(|answer| answer.id.as_str()).collect();
        assert_eq!(ids.len(), all.len(), "an identifier stands here twice");
        for (level, count) in OF_LEVEL {
            assert_eq!(all.iter().filter(|answer| answer.level == level).count(), count, "of level {level}");
        }
        let mut wrong = Vec::new();
        for answer in &all {
            let first = answer.rest.first().map_or("", String::as_str);
            let is_right = match answer.kind.as_str() {
                "met" => is_there(first),
                "n/a" | "open" => !first.is_empty(),
                "unassessed" => !answer.must_be_given(),
                _ => false,
            };
            if !is_right {
                wrong.push(format!("{} {} {first}", answer.id, answer.kind));
            }
        }
        assert!(wrong.is_empty(), "without an answer, or whose evidence is not there:\n{}", wrong.join("\n"));
        Ok(())
    }

    #[test]
    fn evidence_that_is_not_there_is_noticed() {
        assert!(is_there("crates/xtask/src/asvs.rs::evidence_that_is_not_there_is_noticed"));
        for none in [
            "crates/xtask/src/asvs.rs::no_such_test",
            "crates/xtask/src/none.rs::root",
            "Cargo.toml#",
            "by hand",
        ] {
            assert!(!is_there(none), "{none}");
        }
    }

    #[test]
    fn the_page_is_made_of_the_answers() -> anyhow::Result<()> {
        let all = answers()?;
        let mut page = String::from(
            "# Hefu and OWASP ASVS 5.0\n\nMade of [`asvs.txt`](asvs.txt) by a test of `xtask`; requirements by their identifiers, whose texts are at \
             [owasp.org](https://owasp.org/www-project-application-security-verification-standard/). *Met* names the test that fails when it is no longer, or, where the \
             compiler, a page or a file holds it, the place. *Open* is open. Of level 3 only chapters 6, 7, 8, 11, 14 and 16 were assessed.\n\n| level | met | not applicable | open | not assessed |\n| --- | --- | --- | --- | --- |\n",
        );
        for (level, _) in OF_LEVEL {
            let count =
                |kind: &str| all.iter().filter(|answer| answer.level == level && answer.kind == kind).count();
            writeln!(
                page,
                "| {level} | {} | {} | {} | {} |",
                count("met"),
                count("n/a"),
                count("open"),
                count("unassessed")
            )?;
        }
        for (at, name) in CHAPTERS.iter().enumerate() {
            let chapter = format!("V{}", at + 1);
            writeln!(page, "\n## {chapter} {name}\n\n| | level | | |\n| --- | --- | --- | --- |")?;
            for answer in all.iter().filter(|answer| answer.chapter() == chapter) {
                let kind = if answer.kind == "unassessed" { "not assessed" } else { &answer.kind };
                let rest: Vec<String> = answer
                    .rest
                    .iter()
                    .enumerate()
                    .map(
                        |(at, text)| {
                            if at == 0 && answer.kind == "met" { format!("`{text}`") } else { text.clone() }
                        },
                    )
                    .collect();
                writeln!(page, "| {} | {} | {kind} | {} |", answer.id, answer.level, rest.join("; "))?;
            }
        }
        let file = root().join("docs/security/asvs.md");
        if std::env::var_os("HEFU_UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&file, &page)?;
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(page, committed, "run the test with HEFU_UPDATE_SNAPSHOTS=1");
        Ok(())
    }
}
