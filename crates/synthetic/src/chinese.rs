//! Chinese names by sex and generation, regions, and resident identity numbers.

use crate::names::{Characters, Family, Generation, Given, Names};
use crate::words::words;

/// Names of the mainland, in simplified characters.
pub(crate) static SIMPLIFIED: Names = Names {
    language: "zh",
    surnames: words!(
        "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 韩 邓 冯 \
         曹 彭 曾 肖 田 董 潘 袁 蔡 蒋 余 于 杜 叶 程 魏 苏 吕 丁 任 卢 姚 沈 钟 姜 崔 谭 陆 范 \
         汪 廖 石 金 韦 贾 夏 付 方 邹 熊 白 孟 秦 邱 侯 江 尹 薛 闫 段 雷 龙 黎 史 陶 贺 毛 郝 \
         顾 龚 邵 万 覃 武 钱 戴 严 莫 孔 向 常 汤 康 易 乔 欧阳 温 庞 樊 兰 殷 施 洪 翟 倪 司马 \
         上官 诸葛 司徒 皇甫 尉迟"
    ),
    family: Family::Unchanged,
    family_first: true,
    given: Given::Composed(&[
        Generation {
            born_before: 1970,
            male: Characters {
                singles_percent: 20,
                single: words!("军 平 伟 勇 明 强 刚 杰 林 波 斌 辉 峰 华 忠 宏 东 毅 健 涛 民 新 钢 力 凯"),
                first: words!(
                    "建 国 志 文 永 德 光 玉 金 春 学 世 荣 福 正 长 庆 树 新 忠 海 家 宝 成 振 \
                     兴 少 援 卫 贵"
                ),
                second: words!(
                    "国 华 军 明 平 民 林 生 强 成 荣 福 祥 良 文 东 峰 山 发 才 义 安 新 清 武 \
                     贵 中 江 海 友 田 全 忠 云 堂 和"
                ),
            },
            female: Characters {
                singles_percent: 20,
                single: words!("芳 英 敏 静 丽 红 玲 梅 萍 燕 娟 霞 兰 琴 华 平 云 珍 凤 莉 琳 洁 荣"),
                first: words!(
                    "秀 桂 玉 淑 凤 春 月 爱 金 素 翠 美 惠 雪 文 丽 红 小 建 亚 志 瑞 银 彩 巧 \
                     永 慧 俊"
                ),
                second: words!(
                    "英 珍 兰 芳 华 荣 梅 琴 云 香 霞 玲 莲 红 萍 娥 清 芬 花 凤 敏 珠 仙 娟 芝 \
                     美 菊 平 琼 媛 霜 连 玉 燕"
                ),
            },
        },
        Generation {
            born_before: 1990,
            male: Characters {
                singles_percent: 40,
                single: words!(
                    "伟 强 磊 军 勇 涛 杰 超 斌 鹏 波 辉 刚 健 飞 亮 峰 浩 毅 凯 俊 鑫 锋 彬 东 \
                     林 宁 雷 龙 威 旭 明 松 洋 帅 翔 峻 庆 诚 昊"
                ),
                first: words!(
                    "建 志 晓 海 文 小 国 永 少 俊 明 宏 家 红 新 春 立 云 金 振 玉 光 世 东 大 \
                     向 学 锦 剑 成 卫 正 伟 庆 继 耀 兴 景 德 利"
                ),
                second: words!(
                    "华 明 军 强 伟 峰 平 辉 东 斌 林 波 杰 勇 涛 刚 文 龙 飞 亮 锋 鹏 红 新 生 \
                     宁 兵 江 海 民 成 荣 春 光 洋 雷 武 良 坤 松 义 胜"
                ),
            },
            female: Characters {
                singles_percent: 40,
                single: words!(
                    "静 丽 敏 娟 艳 燕 玲 芳 娜 霞 洁 婷 红 莉 萍 丹 颖 慧 琳 蕾 雪 倩 晶 梅 华 \
                     琴 莹 英 云 璐 平 岚 佳 薇 虹 蓉 菲 媛 妍 瑾"
                ),
                first: words!(
                    "晓 海 小 丽 红 春 雪 秀 玉 文 艳 美 亚 爱 冬 金 淑 建 慧 凤 桂 月 素 彩 立 \
                     翠 佳 志 秋 惠 雅 燕 云 静 永 思 婷 莉 明 娟"
                ),
                second: words!(
                    "燕 红 霞 丽 梅 玲 华 英 娟 芳 艳 萍 琴 云 敏 静 娜 莉 珍 洁 兰 花 荣 芬 莲 \
                     香 凤 平 颖 琳 蓉 婷 菊 慧 芹 娥 丹 清 君 琼 蕾 波"
                ),
            },
        },
        Generation {
            born_before: i32::MAX,
            male: Characters {
                singles_percent: 22,
                single: words!(
                    "鑫 浩 杰 涛 宇 帅 超 鹏 磊 凯 晨 阳 俊 龙 旭 伟 博 翔 洋 昊 坤 轩 斌 航 毅 \
                     健 睿 森 哲 康 锐 琪 峰 威 越 铭 强 岩 飞 宁"
                ),
                first: words!(
                    "子 浩 俊 嘉 宇 文 志 天 明 梓 家 泽 博 晓 佳 思 海 一 鑫 金 世 振 永 建 国 \
                     雨 皓 诗 伟 逸 锦 凯 立 云 承 启 景 瑞 昊 修"
                ),
                second: words!(
                    "豪 杰 轩 涛 鑫 宇 浩 伟 文 龙 辉 然 阳 鹏 凯 峰 翔 明 飞 超 强 博 航 林 晨 \
                     哲 成 恒 远 霖 泽 睿 斌 旭 铭 洋 源 帆 康 宁 毅 诚"
                ),
            },
            female: Characters {
                singles_percent: 22,
                single: words!(
                    "婷 静 敏 雪 倩 颖 悦 丹 欣 慧 雯 琪 洁 娜 莹 璐 佳 瑶 晶 琳 蕾 燕 玲 丽 萌 \
                     妍 薇 媛 菲 畅 月 宁 瑾 霞 怡 彤 蓉 楠 岚 越"
                ),
                first: words!(
                    "佳 雨 思 梦 欣 雅 子 晓 诗 嘉 美 静 文 婷 可 心 紫 小 慧 若 雪 海 怡 丽 芷 \
                     梓 玉 春 安 林 钰 语 馨 舒 宇 淑 艺 凌 依 书"
                ),
                second: words!(
                    "怡 婷 琪 涵 瑶 欣 雯 妍 颖 慧 佳 萱 雪 莹 洁 丽 敏 琳 彤 悦 娜 宁 静 然 瑜 \
                     月 晴 玲 蕾 倩 晨 媛 楠 如 文 燕 薇 露 霞 柔 芸 婕"
                ),
            },
        },
    ]),
};

/// Names of Hong Kong, Macau and Taiwan, in traditional characters.
pub(crate) static TRADITIONAL: Names = Names {
    language: "zh",
    surnames: words!(
        "陳 林 黃 張 李 王 吳 劉 蔡 楊 許 鄭 謝 郭 洪 曾 邱 廖 賴 周 徐 葉 蘇 莊 江 呂 何 羅 高 \
         蕭 潘 朱 簡 鍾 彭 梁 游 詹 胡 施 沈 余 趙 盧 顏 柯 孫 魏 翁 戴 范 鄧 方 宋 馮 杜 侯 薛 \
         傅 馬 關 歐陽 司徒"
    ),
    family: Family::Unchanged,
    family_first: true,
    given: Given::Composed(&[Generation {
        born_before: i32::MAX,
        male: Characters {
            singles_percent: 4,
            single: words!("偉 傑 強 峰 翔 軒 恆 毅 銘 皓 誠 駿"),
            first: words!(
                "志 家 俊 建 冠 文 宗 國 承 子 明 柏 信 宏 嘉 永 偉 浩 正 彥 振 世 耀 榮 智 啟 \
                 德 景 仲 廷"
            ),
            second: words!(
                "明 豪 偉 宏 傑 銘 翰 宇 華 廷 霖 賢 龍 輝 緯 瑋 志 達 昌 成 文 良 仁 恩 諺 誠 \
                 勳 雄 強 鴻 安"
            ),
        },
        female: Characters {
            singles_percent: 4,
            single: words!("婷 慧 敏 靜 潔 薇 穎 瑩 盈 琳 雯 嵐"),
            first: words!(
                "淑 雅 怡 美 佳 惠 詩 慧 家 麗 欣 婉 靜 思 玉 宜 嘉 秀 曉 子 鈺 佩 心 芷 筱 凱 \
                 詠 穎 鳳 寶"
            ),
            second: words!(
                "君 婷 芬 惠 玲 如 萍 雯 涵 珍 華 琪 貞 娟 慧 瑜 儀 潔 蓉 儒 芳 穎 萱 琳 妤 瑩 \
                 瑤 嫻 蘭 卿 珊 恩"
            ),
        },
    }]),
};

/// A sample of county-level divisions (GB/T 2260) with the city each belongs to: six digits, then the name.
pub(crate) static REGIONS: &[&str] = words!(
    "310104上海 110105北京 440104广州 440304深圳 510104成都 500103重庆 330106杭州 420106武汉 \
     610103西安 320106南京 120101天津 320508苏州 410105郑州 430104长沙 370202青岛 210102沈阳 \
     330203宁波 530102昆明 340103合肥 350203厦门 370102济南 350102福州 210202大连 230103哈尔滨 \
     220104长春 130102石家庄 450103南宁 360102南昌 520102贵阳 140105太原 320211无锡 440605佛山 \
     330302温州 350503泉州 650102乌鲁木齐 620102兰州 150102呼和浩特 460106海口 460203三亚 \
     640104银川 630104西宁 540102拉萨 320303徐州 370602烟台 130203唐山 410302洛阳 420502宜昌 \
     430304湘潭 340202芜湖 440402珠海 441302惠州 450302桂林 330402嘉兴 320402常州 510703绵阳 \
     610302宝鸡 210302鞍山 220202吉林 150203包头 360402九江 410202开封 140213大同"
);

/// The code and the city of an entry of [`REGIONS`].
pub(crate) fn region(entry: &'static str) -> (&'static str, &'static str) {
    entry.split_at(6)
}

/// The check character of a resident identity number (GB 11643-1999, ISO 7064 MOD 11-2) over its first 17 digits.
pub(crate) fn resident_check(digits: &str) -> char {
    const CHECK: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let sum = digits.bytes().fold(0, |sum, digit| (sum * 2 + usize::from(digit - b'0')) % 11);
    // Horner's scheme leaves the sum without the last doubling, which corresponds to the check character's position.
    CHECK[sum * 2 % 11]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_check() {
        // The two examples of GB 11643-1999.
        assert_eq!(resident_check("11010519491231002"), 'X');
        assert_eq!(resident_check("44052418800101001"), '4');
    }

    #[test]
    fn every_region_is_six_digits_and_a_city() {
        for entry in REGIONS {
            let (code, city) = region(entry);
            assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{entry}");
            assert!(city.chars().count() >= 2 && !city.is_ascii(), "{entry}");
        }
    }
}
