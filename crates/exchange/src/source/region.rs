//! Countries: of time zones, and as files write them.

use std::{collections::HashMap, sync::LazyLock};

use super::words::fold;

/// Countries (ISO 3166) and their time zones, from `zone.tab` of the time zone database, which is in the public domain, with older names of some.
const ZONES: &str = "\
AD Europe/Andorra\n\
AE Asia/Dubai\n\
AF Asia/Kabul\n\
AG America/Antigua\n\
AI America/Anguilla\n\
AL Europe/Tirane\n\
AM Asia/Yerevan\n\
AO Africa/Luanda\n\
AQ Antarctica/McMurdo Antarctica/Casey Antarctica/Davis Antarctica/DumontDUrville Antarctica/Mawson Antarctica/Palmer Antarctica/Rothera Antarctica/Syowa Antarctica/Troll Antarctica/Vostok\n\
AR America/Argentina/Buenos_Aires America/Argentina/Cordoba America/Argentina/Salta America/Argentina/Jujuy America/Argentina/Tucuman America/Argentina/Catamarca America/Argentina/La_Rioja America/Argentina/San_Juan America/Argentina/Mendoza America/Argentina/San_Luis America/Argentina/Rio_Gallegos America/Argentina/Ushuaia America/Buenos_Aires\n\
AS Pacific/Pago_Pago\n\
AT Europe/Vienna\n\
AU Australia/Lord_Howe Antarctica/Macquarie Australia/Hobart Australia/Melbourne Australia/Sydney Australia/Broken_Hill Australia/Brisbane Australia/Lindeman Australia/Adelaide Australia/Darwin Australia/Perth Australia/Eucla\n\
AW America/Aruba\n\
AX Europe/Mariehamn\n\
AZ Asia/Baku\n\
BA Europe/Sarajevo\n\
BB America/Barbados\n\
BD Asia/Dhaka\n\
BE Europe/Brussels\n\
BF Africa/Ouagadougou\n\
BG Europe/Sofia\n\
BH Asia/Bahrain\n\
BI Africa/Bujumbura\n\
BJ Africa/Porto-Novo\n\
BL America/St_Barthelemy\n\
BM Atlantic/Bermuda\n\
BN Asia/Brunei\n\
BO America/La_Paz\n\
BQ America/Kralendijk\n\
BR America/Noronha America/Belem America/Fortaleza America/Recife America/Araguaina America/Maceio America/Bahia America/Sao_Paulo America/Campo_Grande America/Cuiaba America/Santarem America/Porto_Velho America/Boa_Vista America/Manaus America/Eirunepe America/Rio_Branco Brazil/East\n\
BS America/Nassau\n\
BT Asia/Thimphu\n\
BW Africa/Gaborone\n\
BY Europe/Minsk\n\
BZ America/Belize\n\
CA America/St_Johns America/Halifax America/Glace_Bay America/Moncton America/Goose_Bay America/Blanc-Sablon America/Toronto America/Iqaluit America/Atikokan America/Winnipeg America/Resolute America/Rankin_Inlet America/Regina America/Swift_Current America/Edmonton America/Cambridge_Bay America/Inuvik America/Creston America/Dawson_Creek America/Fort_Nelson America/Whitehorse America/Dawson America/Vancouver Canada/Eastern Canada/Pacific\n\
CC Indian/Cocos\n\
CD Africa/Kinshasa Africa/Lubumbashi\n\
CF Africa/Bangui\n\
CG Africa/Brazzaville\n\
CH Europe/Zurich\n\
CI Africa/Abidjan\n\
CK Pacific/Rarotonga\n\
CL America/Santiago America/Coyhaique America/Punta_Arenas Pacific/Easter\n\
CM Africa/Douala\n\
CN Asia/Shanghai Asia/Urumqi Asia/Chongqing Asia/Harbin PRC\n\
CO America/Bogota\n\
CR America/Costa_Rica\n\
CU America/Havana\n\
CV Atlantic/Cape_Verde\n\
CW America/Curacao\n\
CX Indian/Christmas\n\
CY Asia/Nicosia Asia/Famagusta\n\
CZ Europe/Prague\n\
DE Europe/Berlin Europe/Busingen\n\
DJ Africa/Djibouti\n\
DK Europe/Copenhagen\n\
DM America/Dominica\n\
DO America/Santo_Domingo\n\
DZ Africa/Algiers\n\
EC America/Guayaquil Pacific/Galapagos\n\
EE Europe/Tallinn\n\
EG Africa/Cairo\n\
EH Africa/El_Aaiun\n\
ER Africa/Asmara\n\
ES Europe/Madrid Africa/Ceuta Atlantic/Canary\n\
ET Africa/Addis_Ababa\n\
FI Europe/Helsinki\n\
FJ Pacific/Fiji\n\
FK Atlantic/Stanley\n\
FM Pacific/Chuuk Pacific/Pohnpei Pacific/Kosrae\n\
FO Atlantic/Faroe\n\
FR Europe/Paris\n\
GA Africa/Libreville\n\
GB Europe/London GB\n\
GD America/Grenada\n\
GE Asia/Tbilisi\n\
GF America/Cayenne\n\
GG Europe/Guernsey\n\
GH Africa/Accra\n\
GI Europe/Gibraltar\n\
GL America/Nuuk America/Danmarkshavn America/Scoresbysund America/Thule\n\
GM Africa/Banjul\n\
GN Africa/Conakry\n\
GP America/Guadeloupe\n\
GQ Africa/Malabo\n\
GR Europe/Athens\n\
GS Atlantic/South_Georgia\n\
GT America/Guatemala\n\
GU Pacific/Guam\n\
GW Africa/Bissau\n\
GY America/Guyana\n\
HK Asia/Hong_Kong Hongkong\n\
HN America/Tegucigalpa\n\
HR Europe/Zagreb\n\
HT America/Port-au-Prince\n\
HU Europe/Budapest\n\
ID Asia/Jakarta Asia/Pontianak Asia/Makassar Asia/Jayapura\n\
IE Europe/Dublin\n\
IL Asia/Jerusalem\n\
IM Europe/Isle_of_Man\n\
IN Asia/Kolkata Asia/Calcutta\n\
IO Indian/Chagos\n\
IQ Asia/Baghdad\n\
IR Asia/Tehran\n\
IS Atlantic/Reykjavik\n\
IT Europe/Rome\n\
JE Europe/Jersey\n\
JM America/Jamaica\n\
JO Asia/Amman\n\
JP Asia/Tokyo Japan\n\
KE Africa/Nairobi\n\
KG Asia/Bishkek\n\
KH Asia/Phnom_Penh\n\
KI Pacific/Tarawa Pacific/Kanton Pacific/Kiritimati\n\
KM Indian/Comoro\n\
KN America/St_Kitts\n\
KP Asia/Pyongyang\n\
KR Asia/Seoul ROK\n\
KW Asia/Kuwait\n\
KY America/Cayman\n\
KZ Asia/Almaty Asia/Qyzylorda Asia/Qostanay Asia/Aqtobe Asia/Aqtau Asia/Atyrau Asia/Oral\n\
LA Asia/Vientiane\n\
LB Asia/Beirut\n\
LC America/St_Lucia\n\
LI Europe/Vaduz\n\
LK Asia/Colombo\n\
LR Africa/Monrovia\n\
LS Africa/Maseru\n\
LT Europe/Vilnius\n\
LU Europe/Luxembourg\n\
LV Europe/Riga\n\
LY Africa/Tripoli\n\
MA Africa/Casablanca\n\
MC Europe/Monaco\n\
MD Europe/Chisinau\n\
ME Europe/Podgorica\n\
MF America/Marigot\n\
MG Indian/Antananarivo\n\
MH Pacific/Majuro Pacific/Kwajalein\n\
MK Europe/Skopje\n\
ML Africa/Bamako\n\
MM Asia/Yangon Asia/Rangoon\n\
MN Asia/Ulaanbaatar Asia/Hovd\n\
MO Asia/Macau\n\
MP Pacific/Saipan\n\
MQ America/Martinique\n\
MR Africa/Nouakchott\n\
MS America/Montserrat\n\
MT Europe/Malta\n\
MU Indian/Mauritius\n\
MV Indian/Maldives\n\
MW Africa/Blantyre\n\
MX America/Mexico_City America/Cancun America/Merida America/Monterrey America/Matamoros America/Chihuahua America/Ciudad_Juarez America/Ojinaga America/Mazatlan America/Bahia_Banderas America/Hermosillo America/Tijuana\n\
MY Asia/Kuala_Lumpur Asia/Kuching\n\
MZ Africa/Maputo\n\
NA Africa/Windhoek\n\
NC Pacific/Noumea\n\
NE Africa/Niamey\n\
NF Pacific/Norfolk\n\
NG Africa/Lagos\n\
NI America/Managua\n\
NL Europe/Amsterdam\n\
NO Europe/Oslo\n\
NP Asia/Kathmandu Asia/Katmandu\n\
NR Pacific/Nauru\n\
NU Pacific/Niue\n\
NZ Pacific/Auckland Pacific/Chatham\n\
OM Asia/Muscat\n\
PA America/Panama\n\
PE America/Lima\n\
PF Pacific/Tahiti Pacific/Marquesas Pacific/Gambier\n\
PG Pacific/Port_Moresby Pacific/Bougainville\n\
PH Asia/Manila\n\
PK Asia/Karachi\n\
PL Europe/Warsaw\n\
PM America/Miquelon\n\
PN Pacific/Pitcairn\n\
PR America/Puerto_Rico\n\
PS Asia/Gaza Asia/Hebron\n\
PT Europe/Lisbon Atlantic/Madeira Atlantic/Azores Portugal\n\
PW Pacific/Palau\n\
PY America/Asuncion\n\
QA Asia/Qatar\n\
RE Indian/Reunion\n\
RO Europe/Bucharest\n\
RS Europe/Belgrade\n\
RU Europe/Kaliningrad Europe/Moscow Europe/Kirov Europe/Volgograd Europe/Astrakhan Europe/Saratov Europe/Ulyanovsk Europe/Samara Asia/Yekaterinburg Asia/Omsk Asia/Novosibirsk Asia/Barnaul Asia/Tomsk Asia/Novokuznetsk Asia/Krasnoyarsk Asia/Irkutsk Asia/Chita Asia/Yakutsk Asia/Khandyga Asia/Vladivostok Asia/Ust-Nera Asia/Magadan Asia/Sakhalin Asia/Srednekolymsk Asia/Kamchatka Asia/Anadyr\n\
RW Africa/Kigali\n\
SA Asia/Riyadh\n\
SB Pacific/Guadalcanal\n\
SC Indian/Mahe\n\
SD Africa/Khartoum\n\
SE Europe/Stockholm\n\
SG Asia/Singapore Singapore\n\
SH Atlantic/St_Helena\n\
SI Europe/Ljubljana\n\
SJ Arctic/Longyearbyen\n\
SK Europe/Bratislava\n\
SL Africa/Freetown\n\
SM Europe/San_Marino\n\
SN Africa/Dakar\n\
SO Africa/Mogadishu\n\
SR America/Paramaribo\n\
SS Africa/Juba\n\
ST Africa/Sao_Tome\n\
SV America/El_Salvador\n\
SX America/Lower_Princes\n\
SY Asia/Damascus\n\
SZ Africa/Mbabane\n\
TC America/Grand_Turk\n\
TD Africa/Ndjamena\n\
TF Indian/Kerguelen\n\
TG Africa/Lome\n\
TH Asia/Bangkok\n\
TJ Asia/Dushanbe\n\
TK Pacific/Fakaofo\n\
TL Asia/Dili\n\
TM Asia/Ashgabat\n\
TN Africa/Tunis\n\
TO Pacific/Tongatapu\n\
TR Europe/Istanbul Turkey\n\
TT America/Port_of_Spain\n\
TV Pacific/Funafuti\n\
TW Asia/Taipei ROC\n\
TZ Africa/Dar_es_Salaam\n\
UA Europe/Simferopol Europe/Kyiv Europe/Kiev\n\
UG Africa/Kampala\n\
UM Pacific/Midway Pacific/Wake\n\
US America/New_York America/Detroit America/Kentucky/Louisville America/Kentucky/Monticello America/Indiana/Indianapolis America/Indiana/Vincennes America/Indiana/Winamac America/Indiana/Marengo America/Indiana/Petersburg America/Indiana/Vevay America/Chicago America/Indiana/Tell_City America/Indiana/Knox America/Menominee America/North_Dakota/Center America/North_Dakota/New_Salem America/North_Dakota/Beulah America/Denver America/Boise America/Phoenix America/Los_Angeles America/Anchorage America/Juneau America/Sitka America/Metlakatla America/Yakutat America/Nome America/Adak Pacific/Honolulu US/Eastern US/Central US/Mountain US/Pacific US/Hawaii US/Alaska\n\
UY America/Montevideo\n\
UZ Asia/Samarkand Asia/Tashkent\n\
VA Europe/Vatican\n\
VC America/St_Vincent\n\
VE America/Caracas\n\
VG America/Tortola\n\
VI America/St_Thomas\n\
VN Asia/Ho_Chi_Minh Asia/Saigon\n\
VU Pacific/Efate\n\
WF Pacific/Wallis\n\
WS Pacific/Apia\n\
YE Asia/Aden\n\
YT Indian/Mayotte\n\
ZA Africa/Johannesburg\n\
ZM Africa/Lusaka\n\
ZW Africa/Harare\n\
";

/// The country of an IANA time zone; `None` for zones of no country, such as `UTC`.
pub fn of_zone(zone: &str) -> Option<&'static str> {
    ZONES.lines().find_map(|line| {
        let (country, zones) = line.split_once(' ')?;
        zones.split(' ').any(|known| known == zone).then_some(country)
    })
}

/// Countries: both codes of ISO 3166, and names. From the country codes of Open Data Commons, in the public domain.
const COUNTRIES: &str = "\
AD|AND|Andorra|安道尔\n\
AE|ARE|United Arab Emirates|阿拉伯联合酋长国|UAE|阿联酋\n\
AF|AFG|Afghanistan|阿富汗\n\
AG|ATG|Antigua & Barbuda|安提瓜和巴布达|Antigua and Barbuda\n\
AI|AIA|Anguilla|安圭拉\n\
AL|ALB|Albania|阿尔巴尼亚\n\
AM|ARM|Armenia|亚美尼亚\n\
AO|AGO|Angola|安哥拉\n\
AQ|ATA|Antarctica|南极洲\n\
AR|ARG|Argentina|阿根廷\n\
AS|ASM|American Samoa|美属萨摩亚\n\
AT|AUT|Austria|奥地利\n\
AU|AUS|Australia|澳大利亚\n\
AW|ABW|Aruba|阿鲁巴\n\
AX|ALA|Åland Islands|奥兰群岛\n\
AZ|AZE|Azerbaijan|阿塞拜疆\n\
BA|BIH|Bosnia|波斯尼亚和黑塞哥维那|Bosnia and Herzegovina\n\
BB|BRB|Barbados|巴巴多斯\n\
BD|BGD|Bangladesh|孟加拉国\n\
BE|BEL|Belgium|比利时\n\
BF|BFA|Burkina Faso|布基纳法索\n\
BG|BGR|Bulgaria|保加利亚\n\
BH|BHR|Bahrain|巴林\n\
BI|BDI|Burundi|布隆迪\n\
BJ|BEN|Benin|贝宁\n\
BL|BLM|St. Barthélemy|圣巴泰勒米|Saint Barthélemy\n\
BM|BMU|Bermuda|百慕大\n\
BN|BRN|Brunei|文莱达鲁萨兰国|Brunei Darussalam\n\
BO|BOL|Bolivia|多民族玻利维亚国|Bolivia (Plurinational State of)\n\
BQ|BES|Caribbean Netherlands|博纳尔，圣俄斯塔休斯和萨巴|Bonaire, Sint Eustatius and Saba\n\
BR|BRA|Brazil|巴西\n\
BS|BHS|Bahamas|巴哈马\n\
BT|BTN|Bhutan|不丹\n\
BV|BVT|Bouvet Island|布维岛\n\
BW|BWA|Botswana|博茨瓦纳\n\
BY|BLR|Belarus|白俄罗斯\n\
BZ|BLZ|Belize|伯利兹\n\
CA|CAN|Canada|加拿大\n\
CC|CCK|Cocos Islands|科科斯（基林）群岛|Cocos (Keeling) Islands\n\
CD|COD|Congo - Kinshasa|刚果民主共和国|Democratic Republic of the Congo\n\
CF|CAF|Central African Republic|中非共和国\n\
CG|COG|Congo - Brazzaville|刚果|Congo\n\
CH|CHE|Switzerland|瑞士\n\
CI|CIV|Côte d’Ivoire|科特迪瓦|Ivory Coast\n\
CK|COK|Cook Islands|库克群岛\n\
CL|CHL|Chile|智利\n\
CM|CMR|Cameroon|喀麦隆\n\
CN|CHN|China|中国|中国大陆|P.R. China|PR China|Mainland China\n\
CO|COL|Colombia|哥伦比亚\n\
CR|CRI|Costa Rica|哥斯达黎加\n\
CU|CUB|Cuba|古巴\n\
CV|CPV|Cape Verde|佛得角|Cabo Verde\n\
CW|CUW|Curaçao|库拉索\n\
CX|CXR|Christmas Island|圣诞岛\n\
CY|CYP|Cyprus|塞浦路斯\n\
CZ|CZE|Czechia|捷克|Czech Republic\n\
DE|DEU|Germany|德国\n\
DJ|DJI|Djibouti|吉布提\n\
DK|DNK|Denmark|丹麦\n\
DM|DMA|Dominica|多米尼克\n\
DO|DOM|Dominican Republic|多米尼加\n\
DZ|DZA|Algeria|阿尔及利亚\n\
EC|ECU|Ecuador|厄瓜多尔\n\
EE|EST|Estonia|爱沙尼亚\n\
EG|EGY|Egypt|埃及\n\
EH|ESH|Western Sahara|西撒哈拉\n\
ER|ERI|Eritrea|厄立特里亚\n\
ES|ESP|Spain|西班牙\n\
ET|ETH|Ethiopia|埃塞俄比亚\n\
FI|FIN|Finland|芬兰\n\
FJ|FJI|Fiji|斐济\n\
FK|FLK|Falkland Islands|福克兰群岛（马尔维纳斯）\n\
FM|FSM|Micronesia|密克罗尼西亚联邦|Micronesia (Federated States of)\n\
FO|FRO|Faroe Islands|法罗群岛\n\
FR|FRA|France|法国\n\
GA|GAB|Gabon|加蓬\n\
GB|GBR|UK|大不列颠及北爱尔兰联合王国|United Kingdom of Great Britain and Northern Ireland|Great Britain|England|Scotland|Wales|英国\n\
GD|GRD|Grenada|格林纳达\n\
GE|GEO|Georgia|格鲁吉亚\n\
GF|GUF|French Guiana|法属圭亚那\n\
GG|GGY|Guernsey|格恩西\n\
GH|GHA|Ghana|加纳\n\
GI|GIB|Gibraltar|直布罗陀\n\
GL|GRL|Greenland|格陵兰\n\
GM|GMB|Gambia|冈比亚\n\
GN|GIN|Guinea|几内亚\n\
GP|GLP|Guadeloupe|瓜德罗普\n\
GQ|GNQ|Equatorial Guinea|赤道几内亚\n\
GR|GRC|Greece|希腊\n\
GS|SGS|South Georgia & South Sandwich Islands|南乔治亚岛和南桑德韦奇岛|South Georgia and the South Sandwich Islands\n\
GT|GTM|Guatemala|危地马拉\n\
GU|GUM|Guam|关岛\n\
GW|GNB|Guinea-Bissau|几内亚比绍\n\
GY|GUY|Guyana|圭亚那\n\
HK|HKG|Hong Kong|中国香港特别行政区|China, Hong Kong Special Administrative Region|香港|中国香港\n\
HM|HMD|Heard & McDonald Islands|赫德岛和麦克唐纳岛|Heard Island and McDonald Islands\n\
HN|HND|Honduras|洪都拉斯\n\
HR|HRV|Croatia|克罗地亚\n\
HT|HTI|Haiti|海地\n\
HU|HUN|Hungary|匈牙利\n\
ID|IDN|Indonesia|印度尼西亚\n\
IE|IRL|Ireland|爱尔兰\n\
IL|ISR|Israel|以色列\n\
IM|IMN|Isle of Man|马恩岛\n\
IN|IND|India|印度\n\
IO|IOT|British Indian Ocean Territory|英属印度洋领土\n\
IQ|IRQ|Iraq|伊拉克\n\
IR|IRN|Iran|伊朗伊斯兰共和国|Iran (Islamic Republic of)\n\
IS|ISL|Iceland|冰岛\n\
IT|ITA|Italy|意大利\n\
JE|JEY|Jersey|泽西\n\
JM|JAM|Jamaica|牙买加\n\
JO|JOR|Jordan|约旦\n\
JP|JPN|Japan|日本\n\
KE|KEN|Kenya|肯尼亚\n\
KG|KGZ|Kyrgyzstan|吉尔吉斯斯坦\n\
KH|KHM|Cambodia|柬埔寨\n\
KI|KIR|Kiribati|基里巴斯\n\
KM|COM|Comoros|科摩罗\n\
KN|KNA|St. Kitts & Nevis|圣基茨和尼维斯|Saint Kitts and Nevis\n\
KP|PRK|North Korea|朝鲜民主主义人民共和国|Democratic People's Republic of Korea\n\
KR|KOR|South Korea|大韩民国|Republic of Korea|Korea|韩国\n\
KW|KWT|Kuwait|科威特\n\
KY|CYM|Cayman Islands|开曼群岛\n\
KZ|KAZ|Kazakhstan|哈萨克斯坦\n\
LA|LAO|Laos|老挝人民民主共和国|Lao People's Democratic Republic\n\
LB|LBN|Lebanon|黎巴嫩\n\
LC|LCA|St. Lucia|圣卢西亚|Saint Lucia\n\
LI|LIE|Liechtenstein|列支敦士登\n\
LK|LKA|Sri Lanka|斯里兰卡\n\
LR|LBR|Liberia|利比里亚\n\
LS|LSO|Lesotho|莱索托\n\
LT|LTU|Lithuania|立陶宛\n\
LU|LUX|Luxembourg|卢森堡\n\
LV|LVA|Latvia|拉脱维亚\n\
LY|LBY|Libya|利比亚\n\
MA|MAR|Morocco|摩洛哥\n\
MC|MCO|Monaco|摩纳哥\n\
MD|MDA|Moldova|摩尔多瓦共和国|Republic of Moldova\n\
ME|MNE|Montenegro|黑山\n\
MF|MAF|St. Martin|圣马丁（法属）|Saint Martin (French Part)\n\
MG|MDG|Madagascar|马达加斯加\n\
MH|MHL|Marshall Islands|马绍尔群岛\n\
MK|MKD|North Macedonia|北马其顿\n\
ML|MLI|Mali|马里\n\
MM|MMR|Myanmar|缅甸\n\
MN|MNG|Mongolia|蒙古\n\
MO|MAC|Macao|中国澳门特别行政区|China, Macao Special Administrative Region|澳门|中国澳门|Macau\n\
MP|MNP|Northern Mariana Islands|北马里亚纳群岛\n\
MQ|MTQ|Martinique|马提尼克\n\
MR|MRT|Mauritania|毛里塔尼亚\n\
MS|MSR|Montserrat|蒙特塞拉特\n\
MT|MLT|Malta|马耳他\n\
MU|MUS|Mauritius|毛里求斯\n\
MV|MDV|Maldives|马尔代夫\n\
MW|MWI|Malawi|马拉维\n\
MX|MEX|Mexico|墨西哥\n\
MY|MYS|Malaysia|马来西亚\n\
MZ|MOZ|Mozambique|莫桑比克\n\
NA|NAM|Namibia|纳米比亚\n\
NC|NCL|New Caledonia|新喀里多尼亚\n\
NE|NER|Niger|尼日尔\n\
NF|NFK|Norfolk Island|诺福克岛\n\
NG|NGA|Nigeria|尼日利亚\n\
NI|NIC|Nicaragua|尼加拉瓜\n\
NL|NLD|Netherlands|荷兰王国|Holland|荷兰\n\
NO|NOR|Norway|挪威\n\
NP|NPL|Nepal|尼泊尔\n\
NR|NRU|Nauru|瑙鲁\n\
NU|NIU|Niue|纽埃\n\
NZ|NZL|New Zealand|新西兰\n\
OM|OMN|Oman|阿曼\n\
PA|PAN|Panama|巴拿马\n\
PE|PER|Peru|秘鲁\n\
PF|PYF|French Polynesia|法属波利尼西亚\n\
PG|PNG|Papua New Guinea|巴布亚新几内亚\n\
PH|PHL|Philippines|菲律宾\n\
PK|PAK|Pakistan|巴基斯坦\n\
PL|POL|Poland|波兰\n\
PM|SPM|St. Pierre & Miquelon|圣皮埃尔和密克隆|Saint Pierre and Miquelon\n\
PN|PCN|Pitcairn|皮特凯恩\n\
PR|PRI|Puerto Rico|波多黎各\n\
PS|PSE|Palestine|巴勒斯坦国|State of Palestine\n\
PT|PRT|Portugal|葡萄牙\n\
PW|PLW|Palau|帕劳\n\
PY|PRY|Paraguay|巴拉圭\n\
QA|QAT|Qatar|卡塔尔\n\
RE|REU|Réunion|留尼汪\n\
RO|ROU|Romania|罗马尼亚\n\
RS|SRB|Serbia|塞尔维亚\n\
RU|RUS|Russia|俄罗斯联邦|Russian Federation|俄罗斯\n\
RW|RWA|Rwanda|卢旺达\n\
SA|SAU|Saudi Arabia|沙特阿拉伯\n\
SB|SLB|Solomon Islands|所罗门群岛\n\
SC|SYC|Seychelles|塞舌尔\n\
SD|SDN|Sudan|苏丹\n\
SE|SWE|Sweden|瑞典\n\
SG|SGP|Singapore|新加坡\n\
SH|SHN|St. Helena|圣赫勒拿|Saint Helena\n\
SI|SVN|Slovenia|斯洛文尼亚\n\
SJ|SJM|Svalbard & Jan Mayen|斯瓦尔巴群岛和扬马延岛|Svalbard and Jan Mayen Islands\n\
SK|SVK|Slovakia|斯洛伐克\n\
SL|SLE|Sierra Leone|塞拉利昂\n\
SM|SMR|San Marino|圣马力诺\n\
SN|SEN|Senegal|塞内加尔\n\
SO|SOM|Somalia|索马里\n\
SR|SUR|Suriname|苏里南\n\
SS|SSD|South Sudan|南苏丹\n\
ST|STP|São Tomé & Príncipe|圣多美和普林西比|Sao Tome and Principe\n\
SV|SLV|El Salvador|萨尔瓦多\n\
SX|SXM|Sint Maarten|圣马丁（荷属）|Sint Maarten (Dutch part)\n\
SY|SYR|Syria|阿拉伯叙利亚共和国|Syrian Arab Republic\n\
SZ|SWZ|Eswatini|斯威士兰\n\
TC|TCA|Turks & Caicos Islands|特克斯和凯科斯群岛|Turks and Caicos Islands\n\
TD|TCD|Chad|乍得\n\
TF|ATF|French Southern Territories|法属南方领地\n\
TG|TGO|Togo|多哥\n\
TH|THA|Thailand|泰国\n\
TJ|TJK|Tajikistan|塔吉克斯坦\n\
TK|TKL|Tokelau|托克劳\n\
TL|TLS|Timor-Leste|东帝汶\n\
TM|TKM|Turkmenistan|土库曼斯坦\n\
TN|TUN|Tunisia|突尼斯\n\
TO|TON|Tonga|汤加\n\
TR|TUR|Türkiye|土耳其\n\
TT|TTO|Trinidad & Tobago|特立尼达和多巴哥|Trinidad and Tobago\n\
TV|TUV|Tuvalu|图瓦卢\n\
TW|TWN|Taiwan|台湾|中国台湾\n\
TZ|TZA|Tanzania|坦桑尼亚联合共和国|United Republic of Tanzania\n\
UA|UKR|Ukraine|乌克兰\n\
UG|UGA|Uganda|乌干达\n\
UM|UMI|U.S. Outlying Islands|美国本土外小岛屿|United States Minor Outlying Islands\n\
US|USA|US|美利坚合众国|United States of America|USA|美国|America\n\
UY|URY|Uruguay|乌拉圭\n\
UZ|UZB|Uzbekistan|乌兹别克斯坦\n\
VA|VAT|Vatican City|教廷|Holy See\n\
VC|VCT|St. Vincent & Grenadines|圣文森特和格林纳丁斯|Saint Vincent and the Grenadines\n\
VE|VEN|Venezuela|委内瑞拉玻利瓦尔共和国|Venezuela (Bolivarian Republic of)\n\
VG|VGB|British Virgin Islands|英属维尔京群岛\n\
VI|VIR|U.S. Virgin Islands|美属维尔京群岛|United States Virgin Islands\n\
VN|VNM|Vietnam|越南|Viet Nam\n\
VU|VUT|Vanuatu|瓦努阿图\n\
WF|WLF|Wallis & Futuna|瓦利斯群岛和富图纳群岛|Wallis and Futuna Islands\n\
WS|WSM|Samoa|萨摩亚\n\
YE|YEM|Yemen|也门\n\
YT|MYT|Mayotte|马约特\n\
ZA|ZAF|South Africa|南非\n\
ZM|ZMB|Zambia|赞比亚\n\
ZW|ZWE|Zimbabwe|津巴布韦\n\
";

/// A country (ISO 3166).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// Two letters.
    pub alpha_2: &'static str,
    /// Three letters.
    pub alpha_3: &'static str,
}

/// The country of a code or a name, English or Chinese, in any case.
pub fn country(text: &str) -> Option<Country> {
    static BY_NAME: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
        let mut names = HashMap::new();
        for line in COUNTRIES.lines() {
            let mut parts = line.split('|');
            let (Some(alpha_2), Some(alpha_3)) = (parts.next(), parts.next()) else { continue };
            let country = Country { alpha_2, alpha_3 };
            for name in [alpha_2, alpha_3].into_iter().chain(parts) {
                names.entry(fold(name)).or_insert(country);
            }
        }
        names
    });
    BY_NAME.get(&fold(text)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_has_a_country() {
        for (zone, country) in [
            ("Asia/Shanghai", Some("CN")),
            ("America/New_York", Some("US")),
            ("America/Toronto", Some("CA")),
            ("Asia/Manila", Some("PH")),
            ("America/Sao_Paulo", Some("BR")),
            ("Europe/Paris", Some("FR")),
            ("UTC", None),
            ("", None),
        ] {
            assert_eq!(of_zone(zone), country, "{zone}");
        }
    }

    #[test]
    fn a_country_is_known_by_its_codes_and_names() {
        for text in ["PH", "phl", "Philippines", "菲律宾"] {
            assert_eq!(country(text).map(|country| country.alpha_3), Some("PHL"), "{text}");
        }
        assert_eq!(country("USA").map(|country| country.alpha_2), Some("US"));
        assert_eq!(country("Atlantis"), None);
    }
}
