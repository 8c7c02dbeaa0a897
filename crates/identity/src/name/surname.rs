//! Chinese surnames: the compound ones, and those read otherwise than the character alone.

/// Surnames of two characters.
pub(super) const COMPOUND: [&str; 62] = [
    "欧阳", "司马", "上官", "诸葛", "尉迟", "万俟", "皇甫", "慕容", "令狐", "司徒", "司空", "夏侯", "东方",
    "南宫", "西门", "独孤", "长孙", "宇文", "公孙", "轩辕", "端木", "百里", "呼延", "闻人", "赫连", "澹台",
    "公冶", "宗政", "濮阳", "淳于", "单于", "太叔", "申屠", "仲孙", "钟离", "鲜于", "闾丘", "亓官", "司寇",
    "子车", "颛孙", "巫马", "公西", "漆雕", "乐正", "壤驷", "公良", "拓跋", "夹谷", "宰父", "谷梁", "段干",
    "东郭", "南门", "羊舌", "微生", "梁丘", "左丘", "东门", "完颜", "纳兰", "贺兰",
];

/// How a surname is read, if not as its characters usually are; the first reading is the most common.
pub(super) fn readings(surname: &str) -> Option<&'static [&'static str]> {
    Some(match surname {
        "曾" => &["zeng"],
        "单" => &["shan"],
        "仇" => &["qiu"],
        "解" => &["xie"],
        "查" => &["zha"],
        "朴" => &["piao", "park"],
        "区" => &["ou"],
        "翟" => &["zhai", "di"],
        "覃" => &["qin", "tan"],
        "乐" => &["yue", "le"],
        "盖" => &["ge", "gai"],
        "缪" => &["miao"],
        "种" => &["chong"],
        "召" => &["shao", "zhao"],
        "繁" => &["po"],
        "员" => &["yun"],
        "秘" => &["bi"],
        "折" => &["she"],
        "洗" => &["xian"],
        "句" => &["gou"],
        "祭" => &["zhai"],
        "郇" => &["xun", "huan"],
        "隗" => &["wei", "kui"],
        "牟" => &["mou", "mu"],
        "郗" => &["xi", "chi"],
        "柏" => &["bai", "bo"],
        "费" => &["fei", "bi"],
        "宓" => &["mi", "fu"],
        "卜" => &["bu"],
        "都" => &["du"],
        "黑" => &["he"],
        "藏" => &["zang"],
        "子车" => &["ziju"],
        "尉迟" => &["yuchi"],
        "万俟" => &["moqi"],
        "单于" => &["chanyu"],
        "澹台" => &["tantai"],
        "乐正" => &["yuezheng"],
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
