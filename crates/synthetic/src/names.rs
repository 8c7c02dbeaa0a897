//! Names as each culture forms and writes them. The lists are short, compiled by hand, the common names first.

use crate::draws::Draws;
use crate::sex::Sex;
use crate::words::{pick, words};

/// The naming rules of one language.
#[derive(Debug)]
pub(crate) struct Names {
    /// ISO 639-1.
    pub(crate) language: &'static str,
    pub(crate) surnames: &'static [&'static str],
    pub(crate) family: Family,
    /// The surname is written first, without a space.
    pub(crate) family_first: bool,
    pub(crate) given: Given,
}

/// How the surname from the list is used.
#[derive(Debug)]
pub(crate) enum Family {
    /// Unchanged.
    Unchanged,
    /// One from each parent: García López.
    OfBothParents,
    /// Women use a form of their own.
    Gendered(fn(&str) -> String),
}

/// The given names.
#[derive(Debug)]
pub(crate) enum Given {
    /// Complete names.
    Listed { male: &'static [&'static str], female: &'static [&'static str] },
    /// Composed of characters, in the fashion of the birth year; generations from old to young.
    Composed(&'static [Generation]),
}

/// The fashion of a generation.
#[derive(Debug)]
pub(crate) struct Generation {
    /// The first birth year after it.
    pub(crate) born_before: i32,
    pub(crate) male: Characters,
    pub(crate) female: Characters,
}

/// Characters for names of one or two.
#[derive(Debug)]
pub(crate) struct Characters {
    /// Percentage of names with only one character.
    pub(crate) singles_percent: u64,
    pub(crate) single: &'static [&'static str],
    pub(crate) first: &'static [&'static str],
    pub(crate) second: &'static [&'static str],
}

impl Names {
    /// A surname and a given name.
    pub(crate) fn draw(&self, draws: &mut Draws, sex: Sex, birth_year: i32) -> (String, String) {
        (self.surname(draws, sex), self.given.draw(draws, sex, birth_year))
    }

    fn surname(&self, draws: &mut Draws, sex: Sex) -> String {
        let surname = pick(draws, self.surnames);
        match (&self.family, sex) {
            (Family::OfBothParents, _) => format!("{surname} {}", pick(draws, self.surnames)),
            (Family::Gendered(feminine), Sex::Female) => feminine(surname),
            (Family::Gendered(_), Sex::Male) | (Family::Unchanged, _) => surname.to_owned(),
        }
    }

    /// The full name as written.
    pub(crate) fn full(&self, surname: &str, given: &str) -> String {
        if self.family_first { [surname, given].concat() } else { [given, " ", surname].concat() }
    }
}

impl Given {
    fn draw(&self, draws: &mut Draws, sex: Sex, birth_year: i32) -> String {
        match self {
            Self::Listed { male, female } => pick(draws, sex.of(male, female)).to_owned(),
            Self::Composed(generations) => {
                let index = generations.partition_point(|generation| generation.born_before <= birth_year);
                let characters = sex.of(&generations[index].male, &generations[index].female);
                if draws.below(100) < characters.singles_percent {
                    pick(draws, characters.single).to_owned()
                } else {
                    [pick(draws, characters.first), pick(draws, characters.second)].concat()
                }
            }
        }
    }
}

/// The part before the @: the name in plain letters, or three letters for names in another script.
pub(crate) fn mailbox(draws: &mut Draws, surname: &str, given: &str) -> String {
    plain(&[given, ".", surname].concat()).unwrap_or_else(|| {
        let letters = draws.next().to_le_bytes();
        letters[..3].iter().map(|byte| (b'a' + byte % 26) as char).collect()
    })
}

/// Latin text in lower-case ASCII letters; `None` if it contains another letter.
fn plain(name: &str) -> Option<String> {
    let mut plain = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        plain.push_str(match letter {
            'a'..='z' | 'A'..='Z' | '.' => {
                plain.push(letter.to_ascii_lowercase());
                continue;
            }
            ' ' | '-' | '\'' => "",
            'á' | 'â' | 'ã' | 'ă' | 'ą' | 'à' | 'Á' => "a",
            'ä' | 'æ' => "ae",
            'å' | 'Å' => "aa",
            'ç' | 'ć' => "c",
            'é' | 'è' | 'ê' | 'ë' | 'ę' | 'É' => "e",
            'í' | 'î' | 'ï' => "i",
            'ł' | 'Ł' => "l",
            'ñ' | 'ń' => "n",
            'ó' | 'ô' | 'õ' | 'Ó' => "o",
            'ö' | 'ø' | 'Ø' => "oe",
            'ß' => "ss",
            'ś' | 'ș' | 'Ș' => "s",
            'ț' => "t",
            'ú' => "u",
            'ü' => "ue",
            'ż' | 'ź' => "z",
            _ => return None,
        });
    }
    Some(plain)
}

pub(crate) static ENGLISH: Names = Names {
    language: "en",
    surnames: words!(
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans \
         Walker White Roberts Green Hall Wood Jackson Clarke Patel Miller Davis Anderson Martin \
         Moore Clark Harris Lewis Young King Scott Baker Adams Hill Campbell Mitchell Carter \
         Phillips Parker Edwards Collins Stewart Morris Murphy Cook Rogers Morgan Cooper Reed \
         Bailey Kelly Howard Ward Cox Richardson Watson Brooks Bennett Gray James Hughes Price \
         Foster Sanders Ross Powell Long Butler Barnes Fisher Henderson Graham Ellis Fox \
         Marshall Hunt Palmer Mason Dixon Webb Stone Shaw Holmes Rice Knight Rose Chapman Barker \
         Fletcher Lawson Burton Pearson Walsh Doyle"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "James John David Michael Robert William Thomas Daniel Andrew Richard Christopher \
             Matthew Paul Mark Joseph Charles Stephen George Peter Benjamin Edward Jack Samuel \
             Alexander Simon Ryan Adam Kevin Brian Luke Anthony Patrick Nathan Harry Oliver \
             Jacob Henry Jonathan Nicholas Martin Philip Aaron Sean Ian Graham Liam Dylan Gary \
             Scott Timothy Keith Neil Oscar Ethan Leo Max Hugh Owen Craig Stuart"
        ),
        female: words!(
            "Sarah Emma Elizabeth Jennifer Mary Laura Jessica Susan Rachel Rebecca Emily Anna \
             Hannah Charlotte Lucy Sophie Karen Victoria Amy Julie Helen Margaret Catherine \
             Claire Linda Patricia Olivia Megan Grace Amanda Nicola Michelle Lauren Alice \
             Samantha Kate Jane Caroline Chloe Ellen Katherine Louise Natalie Holly Ruth Heather \
             Eleanor Abigail Molly Julia Diana Fiona Isabel Lily Zoe Joanna Georgia Martha \
             Frances Rosie"
        ),
    },
};

pub(crate) static GERMAN: Names = Names {
    language: "de",
    surnames: words!(
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch \
         Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann \
         Hartmann Lange Schmitt Werner Krause Meier Lehmann Schmid Schulze Maier Köhler Herrmann \
         König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Schubert \
         Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Thomas Michael Andreas Peter Stefan Christian Martin Alexander Markus Daniel Klaus \
             Jürgen Matthias Sebastian Frank Tobias Florian Jan Wolfgang Uwe Felix Lukas Jonas \
             Maximilian Philipp David Paul Simon Dirk Jörg Bernd Rainer Oliver Tim Fabian Moritz \
             Günter Niklas Ralf Leon"
        ),
        female: words!(
            "Anna Sabine Petra Susanne Andrea Julia Claudia Katharina Monika Christine Stefanie \
             Birgit Nicole Martina Laura Lena Sandra Barbara Karin Sarah Lisa Heike Ute Eva \
             Maria Kathrin Johanna Melanie Anja Ursula Sophie Franziska Silke Hannah Angelika \
             Marie Elisabeth Gabriele Jana Vanessa"
        ),
    },
};

pub(crate) static FRENCH: Names = Names {
    language: "fr",
    surnames: words!(
        "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent \
         Lefebvre Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard André Mercier \
         Dupont Lambert Bonnet François Martinez Legrand Garnier Faure Rousseau Blanc Guérin \
         Muller Henry Roussel Nicolas Perrin Morin Mathieu Clément Gauthier Dumont Lopez \
         Fontaine Chevalier Robin Masson"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Jean Michel Pierre Philippe Nicolas Christophe Alain Thomas Julien Patrick Laurent \
             David Olivier Éric Stéphane Alexandre Antoine Frédéric Sébastien Vincent Guillaume \
             Jérôme Maxime François Mathieu Hugo Lucas Romain Benoît Gilles Louis Paul Bruno \
             Théo Étienne Quentin Arnaud Rémi Adrien Marc"
        ),
        female: words!(
            "Marie Nathalie Isabelle Sophie Catherine Sylvie Camille Julie Céline Valérie \
             Sandrine Christine Anne Émilie Martine Claire Aurélie Léa Stéphanie Pauline Manon \
             Virginie Chloé Hélène Laura Mathilde Véronique Sarah Caroline Élodie Charlotte \
             Françoise Audrey Juliette Florence Inès Louise Margaux Agnès Delphine"
        ),
    },
};

pub(crate) static ITALIAN: Names = Names {
    language: "it",
    surnames: words!(
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo \
         Conti Costa Giordano Mancini Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani \
         Rinaldi Caruso Ferrara Galli Martini Leone Longo Gentile Martinelli Vitale Lombardo \
         Serra Coppola Marchetti Parisi Villa Conte Ferri Bianco Marini Grasso"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Marco Andrea Giuseppe Francesco Luca Alessandro Antonio Matteo Giovanni Roberto \
             Stefano Davide Paolo Lorenzo Mario Simone Luigi Federico Riccardo Fabio Massimo \
             Daniele Claudio Giacomo Gabriele Nicola Vincenzo Salvatore Enrico Pietro"
        ),
        female: words!(
            "Maria Giulia Francesca Anna Chiara Sara Laura Valentina Elena Alessandra Martina \
             Paola Federica Silvia Giorgia Elisa Roberta Sofia Barbara Monica Cristina Alice \
             Claudia Lucia Ilaria Simona Beatrice Rosa Michela Teresa"
        ),
    },
};

pub(crate) static SPANISH: Names = Names {
    language: "es",
    surnames: words!(
        "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez \
         Hernández Ruiz Díaz Moreno Álvarez Muñoz Romero Gutiérrez Alonso Navarro Torres \
         Domínguez Ramos Vázquez Ramírez Gil Serrano Molina Blanco Morales Suárez Ortega Delgado \
         Castro Ortiz Rubio Marín Sanz Iglesias Medina Cortés Castillo Garrido Santos Guerrero \
         Lozano Cano Cruz Méndez"
    ),
    family: Family::OfBothParents,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Antonio José Manuel Francisco David Juan Javier Daniel Carlos Jesús Alejandro \
             Miguel Rafael Pedro Pablo Ángel Sergio Fernando Jorge Luis Alberto Álvaro Diego \
             Adrián Raúl Enrique Iván Rubén Óscar Andrés"
        ),
        female: words!(
            "María Carmen Ana Isabel Laura Cristina Marta Dolores Lucía Pilar Elena Sara Paula \
             Raquel Teresa Beatriz Rosa Patricia Silvia Julia Irene Andrea Alba Rocío Mónica \
             Nuria Sofía Claudia Inés Ángela"
        ),
    },
};

pub(crate) static PORTUGUESE: Names = Names {
    language: "pt",
    surnames: words!(
        "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Sousa Fernandes \
         Gonçalves Gomes Lopes Marques Alves Almeida Ribeiro Pinto Carvalho Teixeira Moreira \
         Correia Mendes Nunes Soares Vieira Monteiro Cardoso Rocha Neves Coelho Cruz Cunha Pires \
         Ramos Reis Simões Antunes Matos Fonseca Machado Araújo Barbosa Lima"
    ),
    family: Family::OfBothParents,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "José João António Pedro Carlos Paulo Manuel Luís Rui Miguel Tiago Nuno André \
             Ricardo Francisco Bruno Diogo Fernando Jorge Rafael Gonçalo Marco Hugo Daniel \
             Filipe Eduardo Vasco Duarte Sérgio Gustavo"
        ),
        female: words!(
            "Maria Ana Joana Inês Sofia Mariana Catarina Marta Rita Sara Carla Isabel Paula \
             Cristina Teresa Beatriz Sandra Helena Patrícia Cláudia Carolina Margarida Susana \
             Leonor Filipa Mónica Raquel Lúcia Fernanda Vera"
        ),
    },
};

pub(crate) static DUTCH: Names = Names {
    language: "nl",
    surnames: words!(
        "Jansen Bakker Visser Smit Meijer Mulder Peeters Janssens Bos Vos Maes Jacobs Hendriks \
         Dekker Dijkstra Brouwer Mertens Willems Claes Goossens Koning Vermeulen Wouters \
         Schouten Prins Huisman Kuipers Postma Verbeek Martens Willemsen Molenaar Hermans \
         Veenstra Kramer Scholten Blom Verhoeven Aerts Lemmens"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Jan Peter Johan Thomas Martijn Kees Pieter Bart Tom Mark Daan Jeroen Luuk Willem \
             Hendrik Sander Dirk Lars Tim Ruben Wouter Koen Niels Stijn Bram Joris Maarten Gert \
             Sven Thijs"
        ),
        female: words!(
            "Anna Maria Sanne Emma Lisa Marieke Eva Anouk Ingrid Linda Femke Lotte Julia Petra \
             Sophie Iris Monique Esther Nina Karin Fleur Els Hanna Roos Annelies Mieke Saskia \
             Griet Tineke Noor"
        ),
    },
};

pub(crate) static SWEDISH: Names = Names {
    language: "sv",
    surnames: words!(
        "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson \
         Gustafsson Pettersson Jonsson Jansson Hansson Bengtsson Lindberg Jakobsson Lindström \
         Magnusson Lindqvist Olofsson Lindgren Berg Axelsson Bergström Lundberg Lind Lundgren \
         Mattsson Berglund Fredriksson Sandberg Henriksson Sjöberg Forsberg Ekström"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Lars Anders Erik Johan Per Karl Peter Jan Mikael Thomas Daniel Fredrik Andreas Hans \
             Magnus Stefan Mats Björn Jonas Oskar Gustav Viktor Emil Henrik Nils Axel Göran \
             Mattias Rickard Håkan"
        ),
        female: words!(
            "Anna Maria Eva Karin Kristina Sara Lena Emma Kerstin Malin Jenny Marie Elin Hanna \
             Linnea Johanna Sofia Ingrid Susanne Åsa Ulrika Annika Ida Birgitta Julia Frida \
             Camilla Lisa Märta Astrid"
        ),
    },
};

pub(crate) static NORWEGIAN: Names = Names {
    language: "no",
    surnames: words!(
        "Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen \
         Johnsen Pettersen Eriksen Berg Haugen Hagen Johannessen Andreassen Jacobsen Dahl \
         Jørgensen Halvorsen Lund Henriksen Sørensen Moen Gundersen Strand Solberg Svendsen \
         Bakken Knutsen Eide Martinsen Aas Lie"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Jan Per Bjørn Ole Lars Kjell Knut Arne Svein Thomas Geir Hans Morten Tor Martin \
             Erik Andreas Anders Terje Kristian Øyvind Henrik Jonas Magnus Sindre Håkon Eirik \
             Trond Rune Odd"
        ),
        female: words!(
            "Anne Inger Kari Marit Ingrid Liv Eva Anna Hilde Maria Berit Nina Ida Silje Marianne \
             Randi Kristin Camilla Hanne Solveig Astrid Bente Tone Julie Heidi Sigrid Elin Åse \
             Turid Nora"
        ),
    },
};

pub(crate) static DANISH: Names = Names {
    language: "da",
    surnames: words!(
        "Nielsen Jensen Hansen Pedersen Andersen Christensen Larsen Sørensen Rasmussen Jørgensen \
         Petersen Madsen Kristensen Olsen Thomsen Christiansen Poulsen Johansen Møller Mortensen \
         Knudsen Lund Schmidt Eriksen Holm Simonsen Clausen Bach Svendsen Vestergaard Dahl \
         Frandsen Lauridsen Kjær Winther Østergaard"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Peter Jens Lars Michael Henrik Thomas Søren Jan Niels Christian Martin Morten Hans \
             Anders Jesper Mads Rasmus Per Kim Mikkel Frederik Kasper Ole Jacob Claus Emil \
             Torben Bent Kristian Steffen"
        ),
        female: words!(
            "Anne Mette Kirsten Hanne Anna Maria Helle Lene Susanne Marianne Camilla Pia Louise \
             Charlotte Gitte Inger Karen Bente Tina Ida Julie Sofie Freja Birgit Line Rikke \
             Signe Trine Dorthe Åse"
        ),
    },
};

pub(crate) static FINNISH: Names = Names {
    language: "fi",
    surnames: words!(
        "Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen \
         Lehtonen Lehtinen Saarinen Salminen Heinonen Niemi Heikkilä Kinnunen Salonen Turunen \
         Salo Laitinen Tuominen Rantanen Karjalainen Jokinen Mattila Savolainen Lahtinen Ahonen"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Juhani Matti Timo Mikko Antti Jari Kari Jukka Markku Pekka Hannu Heikki Ville Janne \
             Marko Petri Sami Lauri Seppo Tuomas Juha Aleksi Eero Jussi Tapio"
        ),
        female: words!(
            "Maria Anna Tuula Anne Päivi Laura Hanna Johanna Leena Pirjo Sari Minna Riitta Tiina \
             Katja Liisa Eeva Emilia Marja Heidi Kaisa Satu Aino Noora Outi"
        ),
    },
};

pub(crate) static POLISH: Names = Names {
    language: "pl",
    surnames: words!(
        "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański \
         Woźniak Dąbrowski Kozłowski Mazur Jankowski Kwiatkowski Wojciechowski Krawczyk \
         Kaczmarek Piotrowski Grabowski Pawłowski Michalski Król Zając Wieczorek Jabłoński \
         Wróbel Nowakowski Majewski Stępień Olszewski Malinowski Jaworski Adamczyk Dudek Nowicki \
         Pawlak Górski Witkowski Walczak"
    ),
    family: Family::Gendered(polish_feminine),
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Piotr Krzysztof Andrzej Tomasz Jan Paweł Michał Marcin Jakub Adam Marek Łukasz \
             Grzegorz Mateusz Wojciech Mariusz Dariusz Maciej Zbigniew Rafał Robert Kamil Jacek \
             Szymon Bartosz Dawid Artur Filip Damian Jerzy"
        ),
        female: words!(
            "Anna Katarzyna Maria Agnieszka Małgorzata Barbara Ewa Joanna Magdalena Monika \
             Elżbieta Aleksandra Zofia Natalia Krystyna Dorota Julia Beata Marta Karolina Danuta \
             Jolanta Halina Iwona Paulina Justyna Weronika Izabela Urszula Renata"
        ),
    },
};

/// Kowalski's wife is Kowalska; Nowak's is Nowak.
fn polish_feminine(surname: &str) -> String {
    match surname.strip_suffix("ki") {
        Some(stem) => [stem, "ka"].concat(),
        None => surname.to_owned(),
    }
}

pub(crate) static ROMANIAN: Names = Names {
    language: "ro",
    surnames: words!(
        "Popa Popescu Pop Radu Ionescu Dumitru Stoica Stan Gheorghe Rusu Munteanu Matei Marin \
         Lazăr Ciobanu Constantin Dumitrescu Barbu Florea Moldovan Dinu Neagu Georgescu Mihai \
         Toma Voicu Tudor Sandu Iancu Cojocaru"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Andrei Alexandru Mihai Ion Adrian Cristian Gheorghe Vasile Marian Florin Nicolae \
             Daniel Bogdan Ionuț George Ștefan Constantin Gabriel Marius Vlad Radu Cătălin Sorin \
             Răzvan Dan"
        ),
        female: words!(
            "Maria Elena Ana Ioana Andreea Mihaela Cristina Alexandra Daniela Gabriela Mariana \
             Georgiana Raluca Simona Florentina Alina Roxana Irina Diana Monica Oana Laura \
             Nicoleta Carmen Anca"
        ),
    },
};

pub(crate) static RUSSIAN: Names = Names {
    language: "ru",
    surnames: words!(
        "Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов \
         Волков Алексеев Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев \
         Макаров Никитин Захаров Зайцев Соловьёв Борисов Яковлев Григорьев Романов Воробьёв \
         Сергеев Кузьмин Фролов Александров Дмитриев Королёв Гусев Киселёв Ильин Максимов \
         Поляков Сорокин Виноградов Ковалёв Белов Медведев Антонов Тарасов"
    ),
    family: Family::Gendered(russian_feminine),
    family_first: false,
    given: Given::Listed {
        male: words!(
            "Александр Сергей Дмитрий Андрей Алексей Максим Иван Евгений Михаил Владимир Николай \
             Артём Илья Роман Павел Олег Виктор Антон Константин Денис Игорь Юрий Кирилл Никита \
             Василий Даниил Вадим Егор Станислав Борис"
        ),
        female: words!(
            "Анна Елена Мария Ольга Екатерина Наталья Татьяна Ирина Анастасия Светлана Юлия \
             Дарья Марина Людмила Александра Ксения Виктория Евгения Галина Полина Валентина \
             Надежда Оксана Алина Вера Любовь София Лариса Яна Кристина"
        ),
    },
};

/// All the surnames in the list end in -ов, -ев or -ин.
fn russian_feminine(surname: &str) -> String {
    [surname, "а"].concat()
}

pub(crate) static HEBREW: Names = Names {
    language: "he",
    surnames: words!(
        "כהן לוי מזרחי פרץ ביטון דהן אברהם פרידמן מלכה אזולאי כץ יוסף עמר גבאי אוחנה חדד שפירא \
         דוד אדרי סגל קליין ברק רוזנברג שלום חזן אשכנזי הרשקוביץ לביא גולן שרעבי"
    ),
    family: Family::Unchanged,
    family_first: false,
    given: Given::Listed {
        male: words!(
            "יוסף דוד משה אברהם יעקב דניאל יונתן אורי איתי עומר נועם אריאל רון עידו גיא אלון ניר \
             יובל אייל תומר עמית מיכאל"
        ),
        female: words!(
            "שרה רחל מרים נועה תמר מיכל יעל אסתר רבקה שירה מאיה רונית ענת הילה דנה אורית ליאת \
             טליה נעמה רות איילת חנה"
        ),
    },
};

pub(crate) static JAPANESE: Names = Names {
    language: "ja",
    surnames: words!(
        "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 \
         林 斎藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 \
         近藤 村上 遠藤 青木 坂本 斉藤 福田 太田 西村 藤井 金子 岡本 藤原 中野 三浦 原田 中川 \
         松田 竹内 小野 田村 中山 和田 石田 森田"
    ),
    family: Family::Unchanged,
    family_first: true,
    given: Given::Listed {
        male: words!(
            "誠 浩 健 大輔 健太 隆 翔太 拓也 学 茂 直樹 哲也 翔 和也 剛 豊 達也 陽平 亮 修 大樹 \
             雄太 大翔 蓮 健一 俊介 正樹 一郎 浩二 進 博之 秀樹 智也 涼太 悠斗 陸 慎也 隼人 拓海 \
             光"
        ),
        female: words!(
            "恵子 陽子 久美子 由美子 裕子 愛 美咲 真由美 彩 智子 葵 さくら 香織 麻衣 恵 舞 和子 \
             幸子 七海 優子 明美 直美 由美 結衣 陽菜 友美 千尋 美穂 桃子 綾 麻美 沙織 美紀 凛 \
             京子 真理子 洋子 遥 理恵 奈々"
        ),
    },
};

pub(crate) static KOREAN: Names = Names {
    language: "ko",
    surnames: words!(
        "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 전 홍 유 고 문 양 손 배 백 허 남 \
         심 노 하 곽 성 차 주 우 구 남궁 선우"
    ),
    family: Family::Unchanged,
    family_first: true,
    given: Given::Listed {
        male: words!(
            "민수 지훈 성민 동현 준호 영수 현우 정훈 민준 상현 성호 준영 재현 승현 진우 영호 \
             태현 도윤 서준 우진 경수 병철 성수 종호 광수 재호 민호 지호 승민 상훈 용준 태영 \
             기현 영철 동욱 건우 현준 시우 주원 인수"
        ),
        female: words!(
            "지영 은정 미경 지현 수진 은영 현정 유진 민지 지은 서연 영희 수빈 혜진 미숙 선영 \
             은주 예진 지원 소영 하은 서윤 민서 정숙 경희 영숙 현주 은지 다은 보람 혜원 윤아 \
             채원 가영 나영 수아 미영 정은 세영 예은"
        ),
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_plain_letters() {
        let mut draws = Draws::new(1);
        assert_eq!(mailbox(&mut draws, "Müller", "Anna"), "anna.mueller");
        assert_eq!(mailbox(&mut draws, "Peña O'Neil", "Łucja-Åsa"), "lucjaaasa.penaoneil");
        for names in
            [&ENGLISH, &FRENCH, &POLISH, &ROMANIAN, &SPANISH, &PORTUGUESE, &SWEDISH, &DANISH, &FINNISH]
        {
            let Given::Listed { male, female } = &names.given else { continue };
            for word in [names.surnames, male, female].concat() {
                assert!(plain(word).is_some(), "{word}");
            }
        }
        let letters = mailbox(&mut draws, "欧阳", "修远");
        assert!(letters.len() == 3 && letters.bytes().all(|byte| byte.is_ascii_lowercase()));
    }

    #[test]
    fn names_are_written_as_at_home() {
        assert_eq!(crate::chinese::SIMPLIFIED.full("欧阳", "修远"), "欧阳修远");
        assert_eq!(GERMAN.full("Müller", "Anna"), "Anna Müller");
        assert_eq!(russian_feminine("Иванов"), "Иванова");
        assert_eq!(
            (polish_feminine("Kowalski"), polish_feminine("Nowak")),
            ("Kowalska".into(), "Nowak".into())
        );
    }
}
