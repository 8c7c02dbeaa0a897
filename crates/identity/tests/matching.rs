//! People who are easily mistaken for each other, and one person who is easily mistaken for several.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use hefu_identity::{
    document::{DocumentType, normalise_document},
    matching::{Linkage, Locale, Model, Person, Record, Scorer, Verdict, Veto, compare},
};
use proptest::prelude::*;

/// Indexes of records by cluster, in a file with these people and a thousand others.
fn clusters(people: &[Person<'_>]) -> Vec<Vec<usize>> {
    let names: Vec<String> = (0..1_000_u32)
        .map(|n| {
            let pick = |list: &str, n: u32| list.chars().nth(n as usize % list.chars().count()).unwrap();
            format!(
                "{}{}{}",
                pick("王李刘陈杨赵黄周吴徐", n),
                pick("国建文志明海春秀", n / 3),
                pick("华军平芳英民强", n / 7)
            )
        })
        .collect();
    let phones: Vec<String> =
        (0..1_000_u32).map(|n| format!("1{}", 3_500_120_347_u64 + u64::from(n) * 104_729)).collect();
    let births: Vec<String> =
        (0..1_000).map(|n| format!("{}-{:02}-{:02}", 1950 + n % 50, 1 + n % 12, 1 + n % 28)).collect();
    let phone_lists: Vec<[&str; 1]> = phones.iter().map(|phone| [phone.as_str()]).collect();
    let others = (0..1_000).map(|n| Person {
        full_name: &names[n],
        phones: &phone_lists[n],
        birth_date: &births[n],
        ..Person::default()
    });
    let records =
        people.iter().copied().chain(others).map(|person| Record::new(&person, Locale::CHINA)).collect();
    let linkage = Linkage::new(records);
    let scorer = Scorer::new(&Model::default(), 1_000).unwrap();
    let found = linkage.clusters(&scorer);
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    for place in 0..people.len() {
        match clusters.iter_mut().find(|cluster| found[cluster[0]] == found[place]) {
            Some(cluster) => cluster.push(place),
            None => clusters.push(vec![place]),
        }
    }
    clusters
}

const FATHER: Person<'_> = Person {
    full_name: "欧阳建国",
    surname: "",
    given_name: "",
    birth_date: "1958-03-17",
    phones: &["13917560248"],
    documents: &[],
    emails: &["ouyang.home@example.com"],
    city: "上海",
    address: &["仙霞路88号3单元502室"],
    postcode: "200051",
    others: &[],
};

#[test]
fn one_person_in_many_forms() {
    let people = [
        FATHER,
        Person { full_name: "OUYANG JIANGUO", birth_date: "17/03/1958", emails: &[], ..FATHER },
        Person {
            full_name: "歐陽建國先生",
            birth_date: "1958年3月17日",
            phones: &["+86 139 1756 0248"],
            ..FATHER
        },
        Person { full_name: "欧阳建国", phones: &["18601739264"], ..FATHER },
        Person { full_name: "Jianguo Ouyang", birth_date: "", city: "Shanghai", ..FATHER },
    ];
    assert_eq!(clusters(&people), [vec![0, 1, 2, 3, 4]]);
}

#[test]
fn a_family_with_one_phone_stays_apart() {
    let people = [
        FATHER,
        Person { full_name: "欧阳晓琳", birth_date: "1987-11-02", ..FATHER },
        Person { full_name: "陈秀英", birth_date: "1960-08-25", ..FATHER },
        Person { full_name: "欧阳晓琳", birth_date: "", ..FATHER },
        Person { full_name: "陈秀英", birth_date: "", ..FATHER },
    ];
    assert_eq!(clusters(&people), [vec![0], vec![1, 3], vec![2, 4]]);
}

#[test]
fn twins_stay_apart() {
    for (one, other) in [("欧阳建国", "欧阳建军"), ("欧阳晓琳", "欧阳梦洁"), ("Anna Keller", "Sophie Keller")]
    {
        let people = [Person { full_name: one, ..FATHER }, Person { full_name: other, ..FATHER }];
        assert_eq!(clusters(&people).len(), 2, "{one} {other}");
    }
}

#[test]
fn father_and_son_of_one_name_stay_apart() {
    let people = [
        FATHER,
        Person { birth_date: "1986-07-29", ..FATHER },
        Person { birth_date: "1958-03-17", ..FATHER },
    ];
    assert_eq!(clusters(&people), [vec![0, 2], vec![1]]);
}

#[test]
fn the_phone_of_an_agency_proves_nothing() {
    let names: Vec<String> = (0..100_u32)
        .map(|n| {
            let pick = |list: &str, n: u32| list.chars().nth(n as usize % list.chars().count()).unwrap();
            format!(
                "{}{}{}",
                pick("孙马朱胡郭何高林罗郑", n),
                pick("丽婷雪倩欣悦", n / 10),
                pick("娟霞敏静怡", n / 20)
            )
        })
        .collect();
    let agency: Vec<Person<'_>> = names
        .iter()
        .map(|name| Person {
            full_name: name,
            phones: &["4008123123"],
            emails: &["booking@agency.example"],
            ..Person::default()
        })
        .collect();
    assert!(clusters(&agency).len() >= 95);
}

#[test]
fn two_valid_resident_numbers_are_two_people() {
    let people = [
        Person { documents: &[(None, "11010519491231002X")], birth_date: "", ..FATHER },
        Person { documents: &[(None, "440524188001010014")], birth_date: "", ..FATHER },
        Person { birth_date: "", ..FATHER },
    ];
    let found = clusters(&people);
    assert!(!found.iter().any(|cluster| cluster.contains(&0) && cluster.contains(&1)), "{found:?}");
    let [one, two] = [0, 1].map(|place| Record::new(&people[place], Locale::CHINA));
    let scorer = Scorer::new(&Model::default(), 10).unwrap();
    let score = scorer.score(&compare(&one, &two));
    assert_eq!(score.veto, Veto::TwoResidents);
    assert_ne!(score.verdict, Verdict::Link);
}

#[test]
fn one_passport_does_not_make_one_person_of_two_resident_numbers() {
    let passport = (None, "E20413785");
    let people = [
        Person { documents: &[(None, "11010519491231002X"), passport], birth_date: "", ..FATHER },
        Person {
            documents: &[passport, (None, "E99887766"), (None, "440524188001010014")],
            birth_date: "",
            ..FATHER
        },
    ];
    assert_eq!(clusters(&people).len(), 2);
}

#[test]
fn a_resident_number_that_many_are_entered_under_proves_nothing_and_still_forbids() {
    let shared = "11010519491231002X";
    let own = [(None, "440524188001010014")];
    let names =
        ["孙丽娟", "马婷霞", "朱雪敏", "胡倩静", "郭欣怡", "何悦娟", "高丽霞", "林婷敏", "罗雪静", "郑倩怡"];
    let shared = [(None, shared)];
    let mut people: Vec<Person<'_>> = names
        .iter()
        .map(|name| Person { full_name: name, documents: &shared, ..Person::default() })
        .collect();
    people.push(Person { documents: &shared, birth_date: "", ..FATHER });
    people.push(Person { documents: &own, birth_date: "", ..FATHER });
    assert_eq!(clusters(&people).len(), people.len());
}

#[test]
fn a_renewed_passport_is_no_veto() {
    let people = [
        Person { documents: &[(None, "E20413785")], ..FATHER },
        Person { documents: &[(None, "EK7730192")], full_name: "OUYANG JIANGUO", ..FATHER },
    ];
    assert_eq!(clusters(&people), [vec![0, 1]]);
}

#[test]
fn a_chain_does_not_carry_from_father_to_son() {
    let people = [
        FATHER,
        Person { birth_date: "", ..FATHER },
        Person { birth_date: "1986-07-29", ..FATHER },
        Person { birth_date: "1986-07-29", phones: &["18601739264"], ..FATHER },
    ];
    let found = clusters(&people);
    assert!(!found.iter().any(|cluster| cluster.contains(&0) && cluster.contains(&2)), "{found:?}");
}

#[test]
fn a_rare_name_proves_more_than_a_common_one() {
    let scorer = Scorer::new(&Model::default(), 2_000).unwrap();
    let mut people = vec![Person { full_name: "欧阳修远", ..Person::default() }; 2];
    people.extend(vec![Person { full_name: "王建国", ..Person::default() }; 200]);
    let linkage = Linkage::new(people.iter().map(|person| Record::new(person, Locale::CHINA)).collect());
    let bits = |one: usize, two: usize| {
        scorer.score(&compare(&linkage.records()[one], &linkage.records()[two])).bits
    };
    assert!(bits(0, 1) > bits(2, 3) + 3.0, "{} {}", bits(0, 1), bits(2, 3));
}

/// A synthetic person of a test: indexes of their values in the lists below.
type Invented = (usize, usize, usize, Vec<usize>, Vec<usize>);

const NAMES: [&str; 4] = ["欧阳建国", "OUYANG JIANGUO", "欧阳建國", "欧阳国"];
const BIRTHS: [&str; 3] = ["", "1958-03-17", "1985-03-17"];
const PHONES: [&str; 3] = ["13917560248", "18601739264", "13564120987"];
/// The fourth is the first in fifteen digits, the last has a wrong check digit; those after it are passports.
const DOCUMENTS: [&str; 8] = [
    "11010519491231002X",
    "440524188001010014",
    "110101197001010016",
    "110105491231002",
    "110101197001010014",
    "E20413785",
    "EK7730192",
    "E55512340",
];

/// How often a cluster of these contents was found (texts that differ may be the same record), and the valid resident numbers of each
/// cluster of more than one record.
fn clustered(people: &[Invented]) -> (BTreeMap<Vec<String>, usize>, Vec<BTreeSet<String>>) {
    let documents: Vec<Vec<(Option<DocumentType>, &str)>> = people
        .iter()
        .map(|(.., documents)| documents.iter().map(|document| (None, DOCUMENTS[*document])).collect())
        .collect();
    let phones: Vec<Vec<&str>> = people
        .iter()
        .map(|(_, _, _, phones, _)| phones.iter().map(|phone| PHONES[*phone]).collect())
        .collect();
    let records: Vec<Record> = (0..people.len())
        .map(|place| {
            let (name, birth, city, ..) = &people[place];
            let person = Person {
                full_name: NAMES[*name],
                birth_date: BIRTHS[*birth],
                city: ["", "上海"][*city],
                phones: &phones[place],
                documents: &documents[place],
                ..Person::default()
            };
            Record::new(&person, Locale::CHINA)
        })
        .collect();
    let contents: Vec<String> = records.iter().map(|record| format!("{record:?}")).collect();
    let found = Linkage::new(records).clusters(&Scorer::new(&Model::default(), 1_000).unwrap());
    let mut clusters: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (place, cluster) in found.into_iter().enumerate() {
        clusters.entry(cluster).or_default().push(place);
    }
    let residents = |members: &Vec<usize>| {
        let numbers = members.iter().flat_map(|place| &documents[*place]);
        let valid =
            numbers.filter_map(|(_, number)| normalise_document(Some(DocumentType::ResidentId), number).ok());
        valid.map(|document| document.number).collect()
    };
    let together = clusters.values().filter(|members| members.len() > 1).map(residents).collect();
    let mut counts: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for members in clusters.values() {
        let mut cluster: Vec<String> = members.iter().map(|place| contents[*place].clone()).collect();
        cluster.sort();
        *counts.entry(cluster).or_default() += 1;
    }
    (counts, together)
}

proptest! {
    /// Transitive closure over all links.
    #[test]
    fn no_cluster_has_two_valid_resident_numbers_and_the_order_of_records_decides_nothing(
        (people, shuffled) in prop::collection::vec(
            (
                0..NAMES.len(),
                0..BIRTHS.len(),
                0..2_usize,
                prop::collection::vec(0..PHONES.len(), 0..3),
                prop::collection::vec(0..DOCUMENTS.len(), 0..4),
            ),
            2..48,
        )
        .prop_flat_map(|people| (Just(people.clone()), Just(people).prop_shuffle())),
    ) {
        let (clusters, together) = clustered(&people);
        for numbers in &together {
            prop_assert!(numbers.len() < 2, "{:?}", numbers);
        }
        prop_assert_eq!(clusters, clustered(&shuffled).0);
    }
}
