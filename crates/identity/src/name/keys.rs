//! Keys for exact lookup of names.

use pinyin::ToPinyin;

use super::{han_part, is_transliterated, normalise_name, split_han, split_name, surname::readings};
use crate::text::is_han;

/// With more words than this only their sorted form is a key, not each rotation: no name is that long.
const MAX_ROTATED_WORDS: usize = 8;

/// The distinct lookup keys of a full name; two names are considered the same if they have a
/// key in common. The first key is the normalised name. In addition:
///
/// - of a Chinese name its pinyin without tones and spaces, surname first and surname last
///   (`zhangwei`, `weizhang`), in every reading of the surname, with ü as `u`, as `v` (keyboards) and as `yu` (passports);
/// - of other names the words in alphabetical order, so that order does not matter, and the words written
///   together, beginning with each of them in turn, so that `zhangwei` and `Wei Zhang` meet;
/// - of a name in both scripts the keys of the Chinese part, and of the other part if it has two words.
///
/// An empty name has no keys.
pub fn name_keys(text: &str) -> Vec<String> {
    distinct(all_keys(text).into_iter().map(|(key, _)| key))
}

/// A subset of [`name_keys`] that finds every name with any of them in common with this one, of which the same subset is kept: a name in the same
/// characters has the same pinyin, and a name with the same two words has them in both orders.
pub fn lookup_keys(text: &str) -> Vec<String> {
    distinct(all_keys(text).into_iter().filter(|(_, is_implied)| !is_implied).map(|(key, _)| key))
}

/// The keys of a name's parts, for whoever knows only one of them: of a Chinese name the pinyin of the surname in every reading and that of
/// the given name, of other names each word. A name of one part has none, since [`name_keys`] finds it.
pub fn part_keys(text: &str) -> Vec<String> {
    let full = normalise_name(text);
    let han = han_part(&full);
    if han.is_empty() {
        let words: Vec<&str> = full.split(' ').filter(|word| word.chars().nth(1).is_some()).collect();
        let has_parts = full.contains(' ') && words.len() <= MAX_ROTATED_WORDS;
        return distinct(words.into_iter().filter(|_| has_parts).map(|word| plain_u(word).to_owned()));
    }
    match split_han(&han) {
        _ if is_transliterated(text) => Vec::new(),
        ("", _) | (_, "") => Vec::new(),
        (surname, given) => distinct(surname_spellings(surname).into_iter().chain(spellings(given))),
    }
}

/// The keys under which [`part_keys`] has what may be a surname or a given name; none for a text of several words.
pub fn lookup_part_keys(text: &str) -> Vec<String> {
    let full = normalise_name(text);
    let han = han_part(&full);
    if !han.is_empty() && han == full {
        distinct(surname_spellings(&han).into_iter().chain(spellings(&han)))
    } else if han.is_empty() && full.chars().nth(1).is_some() && !full.contains(' ') {
        vec![plain_u(&full).to_owned()]
    } else {
        Vec::new()
    }
}

/// The beginnings of a name's words, for whoever types no more: three letters of each that is longer. A name in Chinese characters has none: its
/// parts are short.
pub fn begin_keys(text: &str) -> Vec<String> {
    let full = normalise_name(text);
    if !han_part(&full).is_empty() {
        return Vec::new();
    }
    let is_longer = |word: &&str| word.chars().nth(BEGINNING).is_some();
    distinct(full.split(' ').take(MAX_ROTATED_WORDS).filter(is_longer).map(beginning))
}

/// The key under which [`begin_keys`] has a word that begins so; none for a text of several words, or of less than it has.
pub fn lookup_begin_key(text: &str) -> Option<String> {
    let full = normalise_name(text);
    let is_one = han_part(&full).is_empty() && !full.contains(' ');
    (is_one && full.chars().nth(BEGINNING - 1).is_some()).then(|| beginning(&full))
}

/// Of a text of several words the first as a key of [`part_keys`] and the last as one of [`begin_keys`], if it is long enough: a name that somebody
/// has not typed to the end.
pub fn lookup_begun(text: &str) -> Option<(String, Option<String>)> {
    let full = normalise_name(text);
    let (first, _) = full.split_once(' ')?;
    let (_, last) = full.rsplit_once(' ')?;
    let is_usable = han_part(&full).is_empty() && first.chars().nth(1).is_some();
    is_usable.then(|| (plain_u(first).to_owned(), lookup_begin_key(last)))
}

/// Letters of a beginning.
const BEGINNING: usize = 3;

fn beginning(word: &str) -> String {
    word.chars().take(BEGINNING).collect()
}

fn distinct(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    keys.filter(|key| !key.is_empty() && seen.insert(key.clone())).collect()
}

/// Every key, and whether all names that have it also have one of the others.
fn all_keys(text: &str) -> Vec<(String, bool)> {
    let full = normalise_name(text);
    let han = han_part(&full);
    let words: Vec<&str> =
        full.split(' ').filter(|word| !word.is_empty() && !word.chars().all(is_han)).collect();

    let mut keys = vec![(full.clone(), true)];
    if !han.is_empty() {
        let (surname, given) =
            if is_transliterated(text) { ("", han.as_str()) } else { split_or_whole(&han) };
        // Where a surname is not read like its characters, the pinyin depends on whether it was recognised as one.
        let is_implied = readings(split_or_whole(&han).0).is_none();
        keys.push((han.clone(), is_implied));
        for surname in surname_spellings(surname) {
            for given in spellings(given) {
                keys.push((format!("{surname}{given}"), false));
                keys.push((format!("{given}{surname}"), false));
            }
        }
    }
    // A lone foreign given name beside a Chinese name would be shared by too many.
    if han.is_empty() || words.len() > 1 {
        keys.extend(word_keys(&words));
    }
    keys
}

/// The family name as a key, to be combined with a birth date: pinyin of a Chinese one in its most common
/// reading, otherwise its words written together. ü is `u`. `None` where [`split_name`] finds no family name.
/// The order of `Zhang Wei` can't be determined, so the last word is taken: [`name_keys`] finds both.
pub fn surname_key(text: &str) -> Option<String> {
    let surname = split_name(text).surname?;
    if surname.starts_with(is_han) {
        return surname_spellings(&surname).into_iter().next();
    }
    Some(surname.split(' ').map(plain_u).collect())
}

fn split_or_whole(han: &str) -> (&str, &str) {
    match split_han(han) {
        ("", _) => ("", han),
        parts => parts,
    }
}

/// Pinyin words with ü, as typed on a keyboard and as printed in passports, with the `u` that `ü` folds to.
pub(crate) fn plain_u(word: &str) -> &str {
    match word {
        "lv" | "lyu" => "lu",
        "nv" | "nyu" => "nu",
        _ => word,
    }
}

/// The keys of words, and whether each is implied by others.
fn word_keys(words: &[&str]) -> Vec<(String, bool)> {
    let words: Vec<&str> = words.iter().map(|word| plain_u(word)).collect();
    let mut sorted = words.clone();
    sorted.sort_unstable();
    let is_rotated = words.len() <= MAX_ROTATED_WORDS;
    // Two words occur in no other order than their rotations.
    let mut keys = vec![(sorted.join(" "), words.len() <= 2)];
    if is_rotated {
        let rotated = |start: usize| [&words[start..], &words[..start]].concat().concat();
        keys.extend((0..words.len()).map(|start| (rotated(start), false)));
    }
    keys
}

fn surname_spellings(surname: &str) -> Vec<String> {
    match readings(surname) {
        Some(readings) => readings.iter().map(|reading| (*reading).to_owned()).collect(),
        None => spellings(surname),
    }
}

/// The most common reading of a Chinese surname, if it differs from that of its characters.
pub(crate) fn surname_reading(surname: &str) -> Option<&'static str> {
    readings(surname).and_then(|readings| readings.first().copied())
}

/// The pinyin of Chinese characters in each spelling of ü; a character without a known reading stays.
fn spellings(han: &str) -> Vec<String> {
    let mut pinyin = String::new();
    for c in han.chars() {
        match c.to_pinyin() {
            Some(syllable) => pinyin.push_str(syllable.plain()),
            None => pinyin.push(c),
        }
    }
    if pinyin.contains('ü') {
        ["u", "v", "yu"].map(|spelling| pinyin.replace('ü', spelling)).into()
    } else {
        vec![pinyin]
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::name::surname::COMPOUND;

    fn meet(one: &str, other: &str) -> bool {
        let others = name_keys(other);
        name_keys(one).iter().any(|key| others.contains(key))
    }

    #[test]
    fn keys_of_a_chinese_and_of_a_latin_name() {
        assert_eq!(name_keys("張偉 先生"), ["张伟", "zhangwei", "weizhang"]);
        assert_eq!(name_keys("ZHANG, Wei"), ["zhang wei", "wei zhang", "zhangwei", "weizhang"]);
        assert_eq!(
            name_keys("Li Xiao Ming"),
            ["li xiao ming", "li ming xiao", "lixiaoming", "xiaomingli", "minglixiao"]
        );
        assert_eq!(name_keys("张"), ["张", "zhang"]);
        assert_eq!(name_keys("吕伟"), ["吕伟", "luwei", "weilu", "lvwei", "weilv", "lyuwei", "weilyu"]);
        assert_eq!(name_keys("张伟 David"), ["张伟 david", "张伟", "zhangwei", "weizhang"]);
        assert!(name_keys(" . ").is_empty());
    }

    #[test]
    fn a_usual_name_is_looked_up_by_two_keys() {
        assert_eq!(lookup_keys("张伟"), ["zhangwei", "weizhang"]);
        assert_eq!(lookup_keys("ZHANG, Wei"), ["zhangwei", "weizhang"]);
        assert_eq!(lookup_keys("曾伟"), ["曾伟", "zengwei", "weizeng"]);
        assert_eq!(lookup_keys("Madonna"), ["madonna"]);
        assert_eq!(
            lookup_keys("Maria Garcia Lopez"),
            ["garcia lopez maria", "mariagarcialopez", "garcialopezmaria", "lopezmariagarcia"]
        );
    }

    #[test]
    fn a_beginning_finds_the_whole_name() {
        assert_eq!(begin_keys("Domenic de la Testino"), ["dom", "tes"]);
        assert_eq!(begin_keys("Madonna"), ["mad"]);
        assert!(begin_keys("张伟").is_empty() && begin_keys("Ann Lee").is_empty());
        assert_eq!(lookup_begin_key("Domen").as_deref(), Some("dom"));
        assert_eq!(lookup_begin_key("Mül").as_deref(), Some("mul"));
        for nothing in ["Do", "张", "", "Domenic T"] {
            assert_eq!(lookup_begin_key(nothing), None, "{nothing}");
        }
        assert_eq!(lookup_begun("Domenic T"), Some(("domenic".into(), None)));
        assert_eq!(lookup_begun("Domenic Test"), Some(("domenic".into(), Some("tes".into()))));
        for nothing in ["Domenic", "D Testino", "张 伟"] {
            assert_eq!(lookup_begun(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_part_finds_the_whole_name() {
        for (name, parts) in [
            ("王小明", &["wang", "xiaoming"][..]),
            ("曾国藩", &["zeng", "guofan"]),
            ("欧阳娜娜", &["ouyang", "nana"]),
            ("吕伟", &["lu", "lv", "lyu", "wei"]),
            ("Maria García López", &["maria", "garcia", "lopez"]),
            ("Lyu, Wei", &["lu", "wei"]),
            ("J Smith", &["smith"]),
            ("Madonna", &[]),
            ("张", &[]),
            ("阿凡·提", &[]),
            ("", &[]),
        ] {
            assert_eq!(part_keys(name), parts, "{name}");
        }
        for (typed, name) in [
            ("王", "王小明"),
            ("小明", "王小明"),
            ("wang", "王小明"),
            ("XiaoMing", "王小明"),
            ("曾", "曾国藩"),
            ("歐陽", "欧阳娜娜"),
            ("lv", "吕伟"),
            ("呂", "吕伟"),
            ("García", "Maria García López"),
            ("maria", "Maria García López"),
        ] {
            let parts = part_keys(name);
            assert!(lookup_part_keys(typed).iter().any(|key| parts.contains(key)), "{typed} and {name}");
        }
        for several in ["Maria Garcia", "张 wei", "a", ""] {
            assert!(lookup_part_keys(several).is_empty(), "{several}");
        }
    }

    #[test]
    fn spellings_of_one_name_meet() {
        for group in [
            &[
                "张伟",
                "張偉",
                "张 伟",
                "Zhang Wei",
                "wei zhang",
                "ZHANG, Wei",
                "zhangwei",
                "Mr Zhang Wei",
                "张伟 Zhang Wei",
            ][..],
            &["李小明", "Li Xiaoming", "Xiaoming Li", "LI, Xiao-Ming", "Xiao Ming Li", "lixiaoming"],
            &["欧阳娜娜", "歐陽娜娜", "Ouyang Nana", "Nana Ou Yang", "OUYANG Na Na"],
            &["吕布", "呂布", "Lü Bu", "LYU BU", "lv bu", "Lu Bu", "bu lv"],
            &["吕布", "lvbu"],
            &["吕布", "lyubu"],
            &["曾国藩", "Zeng Guofan", "guofan zeng"],
            &["单雄信", "Shan Xiongxin"],
            &["尉迟恭", "Yuchi Gong", "Gong YUCHI"],
            &["万俟丑奴", "Moqi Chounu"],
            &["Jürgen Müller", "MULLER, JURGEN", "jurgen muller"],
            &["Anna Maria Eriksson", "ERIKSSON, ANNA MARIA", "Eriksson Anna Maria"],
            &["Seán O'Brien", "OBRIEN, Sean"],
        ] {
            for one in group {
                for other in group {
                    assert!(meet(one, other), "{one} and {other}");
                }
            }
        }
    }

    #[test]
    fn other_names_do_not_meet() {
        for (one, other) in
            [("张伟", "张伟民"), ("张伟", "章伟国"), ("Zhang Wei", "Zhang"), ("张伟 David", "李明 David")]
        {
            assert!(!meet(one, other), "{one} and {other}");
        }
    }

    #[test]
    fn surnames_are_read_as_surnames() {
        for (name, key) in [
            ("曾国藩", "zeng"),
            ("单雄信", "shan"),
            ("仇和", "qiu"),
            ("解缙", "xie"),
            ("任远", "ren"),
            ("华佗", "hua"),
            ("查良镛", "zha"),
            ("朴树", "piao"),
            ("区小明", "ou"),
            ("尉迟恭", "yuchi"),
            ("万俟卨", "moqi"),
            ("吕布", "lu"),
            ("覃明", "qin"),
            ("盖明", "ge"),
            ("長孫明", "zhangsun"),
            ("欧阳锋", "ouyang"),
            ("沈明", "shen"),
            ("石明", "shi"),
            ("Lyu, Wei", "lu"),
            ("Wei Lv", "lu"),
            ("Jürgen Müller", "muller"),
            ("García López, María", "garcialopez"),
        ] {
            assert_eq!(surname_key(name).as_deref(), Some(key), "{name}");
        }
        assert_eq!(surname_key("阿凡·提"), None);
        assert_eq!(surname_key(""), None);
    }

    /// The most common surnames with their readings.
    #[test]
    fn common_surnames() {
        let surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔";
        let readings = "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang xu deng feng han cao zeng peng xiao cai pan tian dong yuan yu yu ye jiang du su wei cheng lu ding shen ren yao lu fu zhong jiang cui tan liao fan wang lu jin shi dai jia wei xia qiu fang hou zou xiong meng qin bai jiang yan xue yin duan lei li shi long tao he gu mao hao gong shao wan qian yan qin wu qi mo kong";
        assert_eq!(surnames.chars().count(), readings.split(' ').count());
        for (surname, reading) in surnames.chars().zip(readings.split(' ')) {
            assert_eq!(surname_key(&format!("{surname}明")).as_deref(), Some(reading), "{surname}");
        }
    }

    #[test]
    fn compound_surnames_are_in_simplified_form() {
        for surname in COMPOUND {
            assert_eq!(normalise_name(surname), surname);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let keys = name_keys(&text);
            prop_assert_eq!(keys.is_empty(), normalise_name(&text).is_empty());
            let distinct: std::collections::HashSet<_> = keys.iter().collect();
            prop_assert_eq!(distinct.len(), keys.len());
            surname_key(&text);
            part_keys(&text);
            lookup_part_keys(&text);
        }

        #[test]
        fn the_keys_that_are_looked_up_find_whoever_has_a_key_in_common(
            (one, other) in prop_oneof![
                ("[张曾单吕王欧阳]{1,2}[伟·ü一丁 a]{1,3}", "[张曾单吕王欧阳]{1,2}[伟·ü一丁 a]{1,3}"),
                ("(zhang|lv|lu|ceng|zeng| |伟|曾|·|Wei){1,4}", "(zhang|lv|lu|ceng|zeng| |伟|曾|·|Wei){1,4}"),
                ("([a-c] ){1,12}", "([a-c] ){1,12}"),
            ]
        ) {
            let (others, kept) = (name_keys(&other), lookup_keys(&other));
            let asked = lookup_keys(&one);
            for others in [others, kept] {
                let found = asked.iter().any(|key| others.contains(key));
                prop_assert_eq!(found, meet(&one, &other), "{} and {}", one, other);
            }
        }

        #[test]
        fn words_in_any_order_meet(
            (words, shuffled) in prop::collection::vec("[A-Za-zéüß]{1,8}", 1..6)
                .prop_flat_map(|words| (Just(words.clone()), Just(words).prop_shuffle()))
        ) {
            prop_assert!(meet(&words.join(" "), &shuffled.join(" ")));
        }

        #[test]
        fn a_name_meets_its_normal_form(text in "[张伟曾吕欧阳王ü A-Za-z]{1,12}") {
            let name = normalise_name(&text);
            prop_assert!(name.is_empty() || meet(&text, &name));
        }

        #[test]
        fn a_chinese_name_meets_its_pinyin_in_both_orders(surname in "[张曾单欧吕王]", given in "[一-龥]{1,2}") {
            let key = surname_key(&surname).unwrap();
            for given_key in spellings(&normalise_name(&given)) {
                let name = format!("{surname}{given}");
                // The table has no reading for some rare characters.
                prop_assume!(given_key.is_ascii());
                prop_assume!(split_name(&name).surname.as_deref() == Some(&surname));
                prop_assert!(meet(&name, &format!("{key} {given_key}")), "{}", name);
                prop_assert!(meet(&name, &format!("{given_key} {key}")), "{}", name);
            }
        }
    }
}
