//! Explanation of a pair's score, as data and in words.

use std::fmt::Write as _;

use super::{
    compare::{Comparison, Field, Level},
    model::{Score, Scorer},
};

/// The language of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// zh-CN.
    Chinese,
    /// en.
    English,
}

/// Evidence of one field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The field.
    pub field: Field,
    /// Its level of agreement.
    pub level: Level,
    /// Its match weight in bits: for (above 0) or against (below 0) the same person.
    pub bits: f64,
}

/// A score broken down. Evidence, household and prior add up to the score.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The evidence of each field known on both sides, in the order of the fields.
    pub evidence: Vec<Evidence>,
    /// The correction, in bits, for agreement that people of one household or booking share.
    pub household: f64,
    /// The prior odds, in bits.
    pub prior: f64,
    /// The score.
    pub score: Score,
}

impl Scorer {
    /// Breaks down the score of a comparison.
    pub fn explain(&self, comparison: &Comparison) -> Explanation {
        let (weights, household, prior) = self.shares(comparison);
        let evidence = Field::ALL.into_iter().zip(weights).filter_map(|(field, bits)| {
            let level = comparison.pattern.level(field);
            (level != Level::Missing).then_some(Evidence { field, level, bits })
        });
        Explanation { evidence: evidence.collect(), household, prior, score: self.score(comparison) }
    }
}

impl Explanation {
    /// For programs: `surname.same+5.9 given.differ-6.0 household-3.2 prior-20.1`.
    pub fn code(&self) -> String {
        let mut code = String::with_capacity(96);
        for Evidence { field, level, bits } in &self.evidence {
            let _ = write!(code, "{}.{}{bits:+.1} ", field.as_str(), level.as_str());
        }
        if self.household < -0.05 {
            let _ = write!(code, "household{:+.1} ", self.household);
        }
        let _ = write!(code, "prior{:+.1}", self.prior);
        code
    }

    /// For people: `same document +14.2; phone differs −2.1; …`.
    pub fn words(&self, language: Language) -> String {
        let signed = |bits: f64| format!("{bits:+.1}").replace('-', "−");
        let mut words: Vec<String> = self
            .evidence
            .iter()
            .map(|e| format!("{} {}", phrase(e.field, e.level, language), signed(e.bits)))
            .collect();
        let (household, prior, separator) = match language {
            Language::English => ("as shared in a household", "before comparing", "; "),
            Language::Chinese => ("同住或同行者也会相同", "比较之前", "；"),
        };
        if self.household < -0.05 {
            words.push(format!("{household} {}", signed(self.household)));
        }
        words.push(format!("{prior} {}", signed(self.prior)));
        words.join(separator)
    }
}

fn phrase(field: Field, level: Level, language: Language) -> String {
    match language {
        Language::English => {
            let name = match field {
                Field::Surname => "family name",
                Field::Given => "given name",
                Field::Birth => "birth date",
                Field::Phone => "phone",
                Field::Document => "document",
                Field::Email => "e-mail",
                Field::Address => "address",
                Field::Locality => "city and postcode",
                Field::Other1 => "further value 1",
                Field::Other2 => "further value 2",
                Field::Other3 => "further value 3",
                Field::Other4 => "further value 4",
            };
            match level {
                Level::Missing => format!("{name} unknown"),
                Level::Same => format!("same {name}"),
                Level::Reading => format!("{name} reads alike"),
                Level::Swapped => format!("{name} with day and month exchanged"),
                Level::Near => format!("{name} one typing error apart"),
                Level::Similar => format!("{name} similar"),
                Level::Short => format!("{name} shortened"),
                Level::Part => format!("{name} the same in part"),
                Level::Renewed => format!("{name} possibly renewed"),
                Level::Differ => format!("{name} differs"),
                Level::Conflict => "two valid resident identity numbers".to_owned(),
                Level::Disputed => format!("same {name}, but two valid resident identity numbers"),
            }
        }
        Language::Chinese => {
            let name = match field {
                Field::Surname => "姓",
                Field::Given => "名",
                Field::Birth => "出生日期",
                Field::Phone => "电话",
                Field::Document => "证件",
                Field::Email => "邮箱",
                Field::Address => "地址",
                Field::Locality => "城市和邮编",
                Field::Other1 => "其他信息一",
                Field::Other2 => "其他信息二",
                Field::Other3 => "其他信息三",
                Field::Other4 => "其他信息四",
            };
            match level {
                Level::Missing => format!("{name}未知"),
                Level::Same => format!("{name}相同"),
                Level::Reading => format!("{name}读音相同"),
                Level::Swapped => format!("{name}日月颠倒"),
                Level::Near => format!("{name}仅差一处笔误"),
                Level::Similar => format!("{name}相近"),
                Level::Short => format!("{name}为简称"),
                Level::Part => format!("{name}部分相同"),
                Level::Renewed => format!("{name}可能已换发"),
                Level::Differ => format!("{name}不同"),
                Level::Conflict => "两个有效的居民身份证号".to_owned(),
                Level::Disputed => format!("{name}相同，但有两个有效的居民身份证号"),
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::matching::{Locale, Model, Person, Record, compare};

    fn explanation(one: Person<'_>, two: Person<'_>) -> Explanation {
        let [one, two] = [one, two].map(|person| Record::new(&person, Locale::CHINA));
        Scorer::new(&Model::default(), 100_000).unwrap().explain(&compare(&one, &two))
    }

    #[test]
    fn the_parts_add_up_to_the_score() {
        let one = Person {
            full_name: "张伟",
            birth_date: "1986-10-03",
            phones: &["13800138000"],
            ..Person::default()
        };
        for two in [
            one,
            Person { full_name: "张丽", ..one },
            Person { full_name: "Zhang Wei", ..one },
            Person { phones: &["13912345670"], ..one },
        ] {
            let found = explanation(one, two);
            let sum = found.evidence.iter().map(|e| e.bits).sum::<f64>() + found.household + found.prior;
            assert!((sum - found.score.bits).abs() < 1e-9, "{found:?}");
            assert!(found.household <= 0.0);
        }
    }

    #[test]
    fn in_words_of_both_languages() {
        let one = Person { full_name: "张伟", phones: &["13800138000"], ..Person::default() };
        let found = explanation(one, Person { full_name: "张丽", ..one });
        let (english, chinese) = (found.words(Language::English), found.words(Language::Chinese));
        for part in
            ["same family name +", "given name differs −", "same phone +", "as shared in a household −"]
        {
            assert!(english.contains(part), "{english}");
        }
        for part in ["姓相同 +", "名不同 −", "电话相同 +", "同住或同行者也会相同 −"] {
            assert!(chinese.contains(part), "{chinese}");
        }
        assert!(
            found.code().starts_with("surname.same+") && found.code().contains(" household-"),
            "{}",
            found.code()
        );
    }
}
