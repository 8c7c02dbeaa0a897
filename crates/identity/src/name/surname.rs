//! Chinese surnames: the compound ones, and those not read like the character alone.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

/// Surnames of two characters.
pub(super) const COMPOUND: [&str; 62] = [
    "欧阳", "司马", "上官", "诸葛", "尉迟", "万俟", "皇甫", "慕容", "令狐", "司徒", "司空", "夏侯", "东方",
    "南宫", "西门", "独孤", "长孙", "宇文", "公孙", "轩辕", "端木", "百里", "呼延", "闻人", "赫连", "澹台",
    "公冶", "宗政", "濮阳", "淳于", "单于", "太叔", "申屠", "仲孙", "钟离", "鲜于", "闾丘", "亓官", "司寇",
    "子车", "颛孙", "巫马", "公西", "漆雕", "乐正", "壤驷", "公良", "拓跋", "夹谷", "宰父", "谷梁", "段干",
    "东郭", "南门", "羊舌", "微生", "梁丘", "左丘", "东门", "完颜", "纳兰", "贺兰",
];

/// Whether two characters are a surname.
pub(super) fn is_compound(characters: &str) -> bool {
    static ALL: LazyLock<FxHashSet<&str>> = LazyLock::new(|| COMPOUND.into_iter().collect());
    ALL.contains(characters)
}

/// How a surname is read, if not like its characters; the first reading is the most common.
pub(super) fn readings(surname: &str) -> Option<&'static [&'static str]> {
    let mut characters = surname.chars();
    let (first, second) = (characters.next()?, characters.next());
    if characters.next().is_some() {
        return None;
    }
    Some(match (first, second) {
        ('曾', None) => &["zeng"],
        ('单', None) => &["shan"],
        ('仇', None) => &["qiu"],
        ('解', None) => &["xie"],
        ('查', None) => &["zha"],
        ('朴', None) => &["piao", "park"],
        ('区', None) => &["ou"],
        ('翟', None) => &["zhai", "di"],
        ('覃', None) => &["qin", "tan"],
        ('乐', None) => &["yue", "le"],
        ('盖', None) => &["ge", "gai"],
        ('缪', None) => &["miao"],
        ('种', None) => &["chong"],
        ('召', None) => &["shao", "zhao"],
        ('繁', None) => &["po"],
        ('员', None) => &["yun"],
        ('秘', None) => &["bi"],
        ('折', None) => &["she"],
        ('洗', None) => &["xian"],
        ('句', None) => &["gou"],
        ('祭', None) => &["zhai"],
        ('郇', None) => &["xun", "huan"],
        ('隗', None) => &["wei", "kui"],
        ('牟', None) => &["mou", "mu"],
        ('郗', None) => &["xi", "chi"],
        ('柏', None) => &["bai", "bo"],
        ('费', None) => &["fei", "bi"],
        ('宓', None) => &["mi", "fu"],
        ('卜', None) => &["bu"],
        ('都', None) => &["du"],
        ('黑', None) => &["he"],
        ('藏', None) => &["zang"],
        ('子', Some('车')) => &["ziju"],
        ('尉', Some('迟')) => &["yuchi"],
        ('万', Some('俟')) => &["moqi"],
        ('单', Some('于')) => &["chanyu"],
        ('澹', Some('台')) => &["tantai"],
        ('乐', Some('正')) => &["yuezheng"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use pinyin::ToPinyin;

    use super::*;

    #[test]
    fn only_unusual_readings_are_listed() {
        let single = ('\u{4e00}'..='\u{9fff}').map(String::from);
        let listed: Vec<_> = single
            .chain(COMPOUND.map(str::to_owned))
            .filter_map(|surname| readings(&surname).map(|readings| (surname, readings)))
            .collect();
        assert!(listed.len() > 30);
        for (surname, readings) in listed {
            let usual: String =
                surname.as_str().to_pinyin().flatten().map(|syllable| syllable.plain()).collect();
            assert_ne!(readings, [usual.as_str()], "{surname}");
        }
    }
}
