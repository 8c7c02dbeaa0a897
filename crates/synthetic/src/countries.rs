//! Countries: names of their people, their cities, and how their phones and documents are numbered.

use crate::chinese;
use crate::names::{self, Names};
use crate::numbers::PhonePlan;
use crate::words::words;

/// A country with its own names and numbers.
#[derive(Debug)]
pub(crate) struct Country {
    /// ISO 3166-1 alpha-3.
    pub(crate) code: &'static str,
    /// Share of guests, in thousandths, when no nationality is requested.
    pub(crate) share: u64,
    pub(crate) names: &'static Names,
    /// A `Person::document_type`; people from the mainland mostly have a resident identity card instead.
    pub(crate) document_type: &'static str,
    /// The format of the document's number, see [`crate::numbers::document_number`].
    pub(crate) document: &'static str,
    pub(crate) phone: &'static PhonePlan,
    /// Empty for the mainland, whose cities come from [`chinese::REGIONS`].
    pub(crate) cities: &'static [&'static str],
}

/// The mainland of China.
pub(crate) const MAINLAND: &str = "CHN";

/// The nationality meant by a booking file and how its people are generated: those of a country without lists get British
/// names and phones. `None` if the code is not in ISO 3166-1 alpha-3.
pub(crate) fn by_code(code: &str) -> Option<(&'static str, &'static Country)> {
    // The file of hotel bookings this is for has CN beside CHN, and TMP for Timor-Leste as before 2002.
    let code = match code {
        "CN" => MAINLAND,
        "TMP" => "TLS",
        other => other,
    };
    if let Some(country) = COUNTRIES.iter().copied().find(|country| country.code == code) {
        return Some((country.code, country));
    }
    let known = CODES.binary_search(&code).ok()?;
    Some((CODES[known], &BRITAIN))
}

/// The country at `point` in `0..1000` of the mix.
pub(crate) fn by_share(mut point: u64) -> &'static Country {
    for country in COUNTRIES {
        if point < country.share {
            return country;
        }
        point -= country.share;
    }
    &BRITAIN
}

static MOBILE_CHINA: PhonePlan = PhonePlan {
    prefixes: words!(
        "+86138 +86139 +86137 +86136 +86135 +86158 +86159 +86188 +86187 +86150 +86151 +86152 \
         +86182 +86183 +86186 +86185 +86130 +86131 +86132 +86155 +86156 +86133 +86153 +86180 \
         +86181 +86189 +86177 +86199 +86198 +86191"
    ),
    next: ANY,
    free_digits: 7,
};

static BRITAIN: Country = Country {
    code: "GBR",
    share: 14,
    names: &names::ENGLISH,
    document_type: PASSPORT,
    document: "#########",
    phone: &PhonePlan {
        prefixes: words!(
            "+44741 +44742 +44743 +44746 +44747 +44748 +44751 +44753 +44754 +44771 +44772 +44773 \
             +44774 +44785 +44786 +44787 +44788 +44795 +44796 +44797"
        ),
        next: ANY,
        free_digits: 6,
    },
    cities: words!(
        "London Manchester Birmingham Leeds Glasgow Liverpool Bristol Edinburgh Cardiff \
         Sheffield Belfast York"
    ),
};

const PASSPORT: &str = "passport";

const ANY: &str = "0123456789";

/// Sorted by share.
static COUNTRIES: &[&Country] = &[
    &Country {
        code: MAINLAND,
        share: 700,
        names: &chinese::SIMPLIFIED,
        document_type: PASSPORT,
        document: "E########",
        phone: &MOBILE_CHINA,
        cities: &[],
    },
    &Country {
        code: "HKG",
        share: 40,
        names: &chinese::TRADITIONAL,
        document_type: "hk_macau_permit",
        document: "H########00",
        phone: &PhonePlan {
            prefixes: words!(
                "+85251 +85252 +85253 +85254 +85255 +85259 +85261 +85262 +85263 +85264 +85265 \
                 +85266 +85268 +85269 +85292 +85293 +85294 +85295 +85296 +85297 +85298"
            ),
            next: "0123478",
            free_digits: 5,
        },
        cities: words!("香港"),
    },
    &Country {
        code: "TWN",
        share: 36,
        names: &chinese::TRADITIONAL,
        document_type: "taiwan_permit",
        document: "########",
        phone: &PhonePlan {
            prefixes: words!("+88691 +88692 +88693 +88695 +88696 +88697 +88698"),
            next: ANY,
            free_digits: 6,
        },
        cities: words!("台北 新北 台中 高雄 桃園 台南 新竹 基隆 嘉義 花蓮"),
    },
    &Country {
        code: "KOR",
        share: 32,
        names: &names::KOREAN,
        document_type: PASSPORT,
        document: "M########",
        phone: &PhonePlan { prefixes: words!("+8210"), next: "2346789", free_digits: 7 },
        cities: words!("서울 부산 인천 대구 대전 광주 수원 울산 용인 성남"),
    },
    &Country {
        code: "JPN",
        share: 32,
        names: &names::JAPANESE,
        document_type: PASSPORT,
        document: "T@#######",
        phone: &PhonePlan { prefixes: words!("+8190 +8180 +8170"), next: "1234567", free_digits: 7 },
        cities: words!("東京 横浜 大阪 名古屋 札幌 福岡 神戸 京都 川崎 埼玉 広島 仙台"),
    },
    &Country {
        code: "USA",
        share: 32,
        names: &names::ENGLISH,
        document_type: PASSPORT,
        document: "@########",
        phone: &PhonePlan {
            prefixes: words!(
                "+1212 +1312 +1415 +1617 +1206 +1305 +1404 +1713 +1214 +1602 +1303 +1503 +1619 +1215 +1313 \
      +1612 +1702 +1512"
            ),
            next: "2346789",
            free_digits: 6,
        },
        cities: words!(
            "Chicago Houston Seattle Boston Phoenix Denver Atlanta Dallas Miami Portland Austin \
             Minneapolis"
        ),
    },
    &Country {
        code: "RUS",
        share: 20,
        names: &names::RUSSIAN,
        document_type: PASSPORT,
        document: "7########",
        phone: &PhonePlan {
            prefixes: words!(
                "+7903 +7905 +7906 +7909 +7910 +7911 +7912 +7913 +7915 +7916 +7917 +7919 +7921 \
                 +7925 +7926 +7950 +7960"
            ),
            next: ANY,
            free_digits: 6,
        },
        cities: words!(
            "Москва Санкт-Петербург Новосибирск Екатеринбург Казань Красноярск Самара \
             Владивосток Хабаровск Иркутск"
        ),
    },
    &BRITAIN,
    &Country {
        code: "DEU",
        share: 14,
        names: &names::GERMAN,
        document_type: PASSPORT,
        document: "C##@##@##",
        phone: &PhonePlan { prefixes: words!("+49151 +49152 +49157 +49176"), next: ANY, free_digits: 7 },
        cities: words!(
            "Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Dortmund Bremen \
             Dresden Nürnberg"
        ),
    },
    &Country {
        code: "FRA",
        share: 13,
        names: &names::FRENCH,
        document_type: PASSPORT,
        document: "##@@#####",
        phone: &PhonePlan {
            prefixes: words!("+3360 +3361 +3362 +3364 +3365 +3366 +3367 +3368 +3376 +3377 +3378"),
            next: ANY,
            free_digits: 6,
        },
        cities: words!(
            "Paris Marseille Lyon Toulouse Nice Nantes Montpellier Strasbourg Bordeaux Lille \
             Rennes Grenoble"
        ),
    },
    &Country {
        code: "MAC",
        share: 10,
        names: &chinese::TRADITIONAL,
        document_type: "hk_macau_permit",
        document: "M########00",
        // Macau has fewer than ten million mobile numbers; its travellers often carry a mainland one.
        phone: &MOBILE_CHINA,
        cities: words!("澳門"),
    },
    &Country {
        code: "AUS",
        share: 10,
        names: &names::ENGLISH,
        document_type: PASSPORT,
        document: "P@#######",
        phone: &PhonePlan { prefixes: words!("+6140 +6141 +6142"), next: ANY, free_digits: 6 },
        cities: words!("Sydney Melbourne Brisbane Perth Adelaide Canberra Hobart Darwin"),
    },
    &Country {
        code: "CAN",
        share: 9,
        names: &names::ENGLISH,
        document_type: PASSPORT,
        document: "@@######",
        phone: &PhonePlan {
            prefixes: words!("+1416 +1647 +1604 +1514 +1403 +1613 +1780 +1902 +1250 +1519 +1306"),
            next: "2346789",
            free_digits: 6,
        },
        cities: words!("Toronto Montréal Vancouver Calgary Ottawa Edmonton Halifax Victoria Regina"),
    },
    &Country {
        code: "ITA",
        share: 6,
        names: &names::ITALIAN,
        document_type: PASSPORT,
        document: "Y@#######",
        phone: &PhonePlan {
            prefixes: words!(
                "+39320 +39328 +39329 +39333 +39335 +39338 +39339 +39340 +39347 +39348 +39349 \
                 +39366 +39388"
            ),
            next: ANY,
            free_digits: 6,
        },
        cities: words!(
            "Roma Milano Napoli Torino Palermo Genova Bologna Firenze Bari Catania Venezia \
             Verona"
        ),
    },
    &Country {
        code: "ESP",
        share: 5,
        names: &names::SPANISH,
        document_type: PASSPORT,
        document: "@@@######",
        phone: &PhonePlan {
            prefixes: words!("+3460 +3461 +3462 +3463 +3464 +3465 +3466 +3467"),
            next: ANY,
            free_digits: 6,
        },
        cities: words!(
            "Madrid Barcelona Valencia Sevilla Zaragoza Málaga Murcia Palma Bilbao Alicante \
             Córdoba Valladolid"
        ),
    },
    &Country {
        code: "NLD",
        share: 4,
        names: &names::DUTCH,
        document_type: PASSPORT,
        document: "N@#####@#",
        phone: &PhonePlan { prefixes: words!("+3161 +3162 +3163 +3164 +3165"), next: ANY, free_digits: 6 },
        cities: words!(
            "Amsterdam Rotterdam Utrecht Eindhoven Groningen Tilburg Almere Breda Nijmegen \
             Haarlem"
        ),
    },
    &Country {
        code: "BRA",
        share: 4,
        names: &names::PORTUGUESE,
        document_type: PASSPORT,
        document: "F@######",
        phone: &PhonePlan {
            prefixes: words!(
                "+551196 +551197 +551198 +551199 +552196 +552197 +552198 +552199 +553198 +553199 \
                 +554199 +555199 +556199"
            ),
            next: ANY,
            free_digits: 6,
        },
        cities: words!("Brasília Salvador Fortaleza Curitiba Recife Goiânia Belém Campinas Manaus Natal"),
    },
    &Country {
        code: "SWE",
        share: 2,
        names: &names::SWEDISH,
        document_type: PASSPORT,
        document: "########",
        phone: &PhonePlan { prefixes: words!("+4670 +4672 +4673 +4676 +4679"), next: ANY, free_digits: 6 },
        cities: words!("Stockholm Göteborg Malmö Uppsala Västerås Örebro Linköping Helsingborg"),
    },
    &Country {
        code: "CHE",
        share: 2,
        names: &names::GERMAN,
        document_type: PASSPORT,
        document: "X#######",
        phone: &PhonePlan { prefixes: words!("+4176 +4177 +4178 +4179"), next: ANY, free_digits: 6 },
        cities: words!("Zürich Basel Bern Winterthur Luzern Chur Thun"),
    },
    &Country {
        code: "POL",
        share: 2,
        names: &names::POLISH,
        document_type: PASSPORT,
        document: "E@#######",
        phone: &PhonePlan {
            prefixes: words!("+4850 +4851 +4853 +4860 +4866 +4869 +4872 +4878 +4888"),
            next: ANY,
            free_digits: 6,
        },
        cities: words!("Warszawa Kraków Wrocław Łódź Poznań Gdańsk Szczecin Lublin Katowice"),
    },
    &Country {
        code: "AUT",
        share: 2,
        names: &names::GERMAN,
        document_type: PASSPORT,
        document: "U@#######",
        phone: &PhonePlan {
            prefixes: words!("+43650 +43660 +43664 +43676 +43680 +43699"),
            next: ANY,
            free_digits: 6,
        },
        cities: words!("Wien Graz Linz Salzburg Innsbruck Klagenfurt Villach Wels"),
    },
    &Country {
        code: "BEL",
        share: 2,
        names: &names::DUTCH,
        document_type: PASSPORT,
        document: "E@######",
        phone: &PhonePlan { prefixes: words!("+3247 +3248 +3249"), next: ANY, free_digits: 6 },
        cities: words!("Antwerpen Gent Brussel Brugge Leuven Mechelen Hasselt Kortrijk"),
    },
    &Country {
        code: "PRT",
        share: 2,
        names: &names::PORTUGUESE,
        document_type: PASSPORT,
        document: "C@######",
        phone: &PhonePlan { prefixes: words!("+35191 +35192 +35193 +35196"), next: ANY, free_digits: 6 },
        cities: words!("Lisboa Porto Braga Coimbra Setúbal Faro Aveiro Évora Viseu Funchal"),
    },
    &Country {
        code: "ISR",
        share: 2,
        names: &names::HEBREW,
        document_type: PASSPORT,
        document: "########",
        phone: &PhonePlan { prefixes: words!("+97250 +97252 +97253 +97254"), next: "234567", free_digits: 6 },
        cities: words!("ירושלים חיפה אשדוד נתניה רחובות הרצליה חולון אילת"),
    },
    &Country {
        code: "NOR",
        share: 1,
        names: &names::NORWEGIAN,
        document_type: PASSPORT,
        document: "C@@######",
        phone: &PhonePlan {
            prefixes: words!(
                "+4740 +4741 +4745 +4746 +4747 +4748 +4790 +4791 +4792 +4793 +4794 +4795 +4796 \
                 +4797 +4798 +4799"
            ),
            next: ANY,
            free_digits: 5,
        },
        cities: words!("Oslo Bergen Trondheim Stavanger Drammen Kristiansand Tromsø Bodø"),
    },
    &Country {
        code: "DNK",
        share: 1,
        names: &names::DANISH,
        document_type: PASSPORT,
        document: "2########",
        phone: &PhonePlan {
            prefixes: words!(
                "+4520 +4521 +4522 +4523 +4524 +4525 +4526 +4527 +4528 +4529 +4530 +4531 +4540 \
                 +4541 +4542 +4550 +4551 +4552"
            ),
            next: "123456789",
            free_digits: 5,
        },
        cities: words!("København Aarhus Odense Aalborg Esbjerg Randers Kolding Vejle"),
    },
    &Country {
        code: "FIN",
        share: 1,
        names: &names::FINNISH,
        document_type: PASSPORT,
        document: "F@#######",
        phone: &PhonePlan {
            prefixes: words!("+35840 +35844 +35845 +35846 +35850"),
            next: ANY,
            free_digits: 6,
        },
        cities: words!("Helsinki Espoo Tampere Vantaa Oulu Turku Jyväskylä Lahti"),
    },
    &Country {
        code: "IRL",
        share: 1,
        names: &names::ENGLISH,
        document_type: PASSPORT,
        document: "P@#######",
        phone: &PhonePlan {
            prefixes: words!("+35383 +35385 +35386 +35387 +35389"),
            next: ANY,
            free_digits: 6,
        },
        cities: words!("Dublin Cork Galway Limerick Waterford Kilkenny Sligo"),
    },
    &Country {
        code: "ROU",
        share: 1,
        names: &names::ROMANIAN,
        document_type: PASSPORT,
        document: "0########",
        phone: &PhonePlan { prefixes: words!("+4072 +4073 +4074 +4075 +4076"), next: ANY, free_digits: 6 },
        cities: words!("București Cluj-Napoca Iași Timișoara Constanța Brașov Craiova Sibiu"),
    },
    &Country {
        code: "AGO",
        share: 0,
        names: &names::PORTUGUESE,
        document_type: PASSPORT,
        document: "N#######",
        phone: &PhonePlan {
            prefixes: words!("+24491 +24492 +24493 +24494 +24499"),
            next: ANY,
            free_digits: 6,
        },
        cities: words!("Luanda Huambo Lubango Benguela Lobito Cabinda"),
    },
    &Country {
        code: "ARG",
        share: 0,
        names: &names::SPANISH,
        document_type: PASSPORT,
        document: "AA@######",
        phone: &PhonePlan { prefixes: words!("+549113 +549114 +549115 +549116"), next: ANY, free_digits: 6 },
        cities: words!("Rosario Mendoza Salta Neuquén Quilmes Avellaneda"),
    },
    &Country {
        code: "MEX",
        share: 0,
        names: &names::SPANISH,
        document_type: PASSPORT,
        document: "G########",
        phone: &PhonePlan {
            prefixes: words!("+52551 +52552 +52554 +52555 +52333 +52811"),
            next: ANY,
            free_digits: 6,
        },
        cities: words!("Guadalajara Monterrey Puebla Tijuana Mérida Querétaro Toluca"),
    },
];

/// ISO 3166-1 alpha-3, sorted.
static CODES: &[&str] = &[
    "ABW", "AFG", "AGO", "AIA", "ALA", "ALB", "AND", "ARE", "ARG", "ARM", "ASM", "ATA", "ATF", "ATG", "AUS",
    "AUT", "AZE", "BDI", "BEL", "BEN", "BES", "BFA", "BGD", "BGR", "BHR", "BHS", "BIH", "BLM", "BLR", "BLZ",
    "BMU", "BOL", "BRA", "BRB", "BRN", "BTN", "BVT", "BWA", "CAF", "CAN", "CCK", "CHE", "CHL", "CHN", "CIV",
    "CMR", "COD", "COG", "COK", "COL", "COM", "CPV", "CRI", "CUB", "CUW", "CXR", "CYM", "CYP", "CZE", "DEU",
    "DJI", "DMA", "DNK", "DOM", "DZA", "ECU", "EGY", "ERI", "ESH", "ESP", "EST", "ETH", "FIN", "FJI", "FLK",
    "FRA", "FRO", "FSM", "GAB", "GBR", "GEO", "GGY", "GHA", "GIB", "GIN", "GLP", "GMB", "GNB", "GNQ", "GRC",
    "GRD", "GRL", "GTM", "GUF", "GUM", "GUY", "HKG", "HMD", "HND", "HRV", "HTI", "HUN", "IDN", "IMN", "IND",
    "IOT", "IRL", "IRN", "IRQ", "ISL", "ISR", "ITA", "JAM", "JEY", "JOR", "JPN", "KAZ", "KEN", "KGZ", "KHM",
    "KIR", "KNA", "KOR", "KWT", "LAO", "LBN", "LBR", "LBY", "LCA", "LIE", "LKA", "LSO", "LTU", "LUX", "LVA",
    "MAC", "MAF", "MAR", "MCO", "MDA", "MDG", "MDV", "MEX", "MHL", "MKD", "MLI", "MLT", "MMR", "MNE", "MNG",
    "MNP", "MOZ", "MRT", "MSR", "MTQ", "MUS", "MWI", "MYS", "MYT", "NAM", "NCL", "NER", "NFK", "NGA", "NIC",
    "NIU", "NLD", "NOR", "NPL", "NRU", "NZL", "OMN", "PAK", "PAN", "PCN", "PER", "PHL", "PLW", "PNG", "POL",
    "PRI", "PRK", "PRT", "PRY", "PSE", "PYF", "QAT", "REU", "ROU", "RUS", "RWA", "SAU", "SDN", "SEN", "SGP",
    "SGS", "SHN", "SJM", "SLB", "SLE", "SLV", "SMR", "SOM", "SPM", "SRB", "SSD", "STP", "SUR", "SVK", "SVN",
    "SWE", "SWZ", "SXM", "SYC", "SYR", "TCA", "TCD", "TGO", "THA", "TJK", "TKL", "TKM", "TLS", "TON", "TTO",
    "TUN", "TUR", "TUV", "TWN", "TZA", "UGA", "UKR", "UMI", "URY", "USA", "UZB", "VAT", "VCT", "VEN", "VGB",
    "VIR", "VNM", "VUT", "WLF", "WSM", "YEM", "ZAF", "ZMB", "ZWE",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Given;
    use crate::numbers::document_capacity;
    use std::collections::HashSet;

    #[test]
    fn every_country_has_numbers_for_ten_million_people() {
        for country in COUNTRIES {
            assert!(country.phone.capacity() >= 10_000_000, "{}", country.code);
            assert!(document_capacity(country.document) >= 10_000_000, "{}", country.code);
        }
    }

    #[test]
    fn phones_are_valid_in_their_country() {
        for country in COUNTRIES {
            let plan = country.phone;
            let step = plan.capacity() / (plan.prefixes.len() as u64 * 29);
            let invalid: Vec<String> = (0..plan.capacity())
                .step_by(step as usize)
                .map(|n| plan.number(n))
                .filter(|text| !phonenumber::parse(None, text).is_ok_and(|phone| phone.is_valid()))
                .collect();
            assert!(invalid.is_empty(), "{} {invalid:?}", country.code);
        }
    }

    #[test]
    fn the_mix_is_a_thousand_and_countries_are_known_once() {
        assert_eq!(COUNTRIES.iter().map(|country| country.share).sum::<u64>(), 1_000);
        assert!(COUNTRIES.is_sorted_by_key(|country| std::cmp::Reverse(country.share)));
        assert_eq!(by_share(699).code, MAINLAND);
        assert_eq!(by_share(700).code, "HKG");
        let codes: HashSet<_> = COUNTRIES.iter().map(|country| country.code).collect();
        assert_eq!(codes.len(), COUNTRIES.len());
        assert!(codes.iter().all(|code| CODES.contains(code)));
    }

    #[test]
    fn codes_are_all_of_the_standard_and_sorted() {
        assert_eq!(CODES.len(), 249);
        assert!(CODES.is_sorted_by(|a, b| a < b));
        assert_eq!(by_code("CN").map(|(code, _)| code), Some("CHN"));
        assert_eq!(by_code("PRY").map(|(code, country)| (code, country.code)), Some(("PRY", "GBR")));
        assert!(by_code("NULL").is_none() && by_code("").is_none() && by_code("XXX").is_none());
    }

    #[test]
    fn no_list_says_a_word_twice() {
        let once = |list: &'static [&'static str]| {
            let mut seen = HashSet::new();
            for word in list {
                assert!(seen.insert(*word) && !word.is_empty(), "{word} twice");
            }
        };
        for country in COUNTRIES {
            once(country.names.surnames);
            once(country.phone.prefixes);
            once(country.cities);
            match &country.names.given {
                Given::Listed { male, female } => [male, female].into_iter().for_each(|list| once(list)),
                Given::Composed(generations) => {
                    for characters in generations.iter().flat_map(|all| [&all.male, &all.female]) {
                        once(characters.single);
                        once(characters.first);
                        once(characters.second);
                    }
                }
            }
        }
        once(chinese::REGIONS);
    }
}
