//! Short forms of given names that cannot be recognised by spelling alone.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// Each line: the formal name, then its short forms.
const NAMES: &str = "\
abigail abby gail
alan al
albert al bert
alejandro alex
alexander alex alec sandy sasha xander
alexandra alex sandra sasha
alfred al fred
amanda mandy
andrea andi
andrew andy drew
anthony tony
antonio tony toni
barbara barb babs
benjamin ben benny
bernard bernie
bradley brad
catherine cathy cate kate katie kitty
charles charlie chuck chas
christina chris tina christy
christine chris tina
christopher chris kit topher
cynthia cindy
daniel dan danny
david dave davey
deborah deb debbie
dmitri dima mitya
donald don donny
dorothy dot dottie
edward ed eddie ted ned
elizabeth liz beth betty eliza lizzie betsy lisa
emily em emmy
eugene gene
ekaterina katya
florence flo
frances fran
francis frank
francisco paco pancho
franklin frank
frederick fred freddy
gabriel gabe
gerald gerry jerry
giuseppe beppe peppe
gregory greg
guadalupe lupe
harold hal harry
henry harry hank
isabella bella izzy
jacob jake
jacqueline jackie
james jim jimmy jamie
jeffrey jeff
jennifer jen jenny
jessica jess jessie
jesus chuy
johann hans
john jack johnny jon
jonathan jon jonny
jose pepe
joseph joe joey
joshua josh
judith judy
katherine kate kathy katie kay kitty
kenneth ken kenny
kimberly kim
lawrence larry
leonard leo len lenny
luis lucho
manuel manolo
margaret maggie meg peggy marge greta
maria mia
martin marty
mary molly polly
matthew matt
maximilian max
megan meg
melissa mel missy
michael mike mick mickey misha
mikhail misha
nancy nan
natalia natasha
nathan nate
nathaniel nate nat
nicholas nick nicky
nicole nicky
nikolai kolya
olivia liv livvy
pamela pam
patricia pat patty trish tricia
patrick pat paddy
peter pete
philip phil
raymond ray
rebecca becky becca
reginald reg
richard rick dick richie ricky
robert bob rob bobby robbie
roberto beto
ronald ron ronnie
rosemary rose
russell russ
samantha sam
samuel sam sammy
sarah sally
sebastian seb
sergei seryozha
solomon sol
stephanie steph
stephen steve stevie
steven steve stevie
susan sue suzy
tatiana tanya
terence terry
theodore ted theo teddy
theresa terry tess
thomas tom tommy
timothy tim
valerie val
victoria vicky tori
vincent vince vinny
vladimir vova volodya
walter walt wally
wilhelm willi
william will bill billy liam
winston win
zachary zach zack";

/// Line numbers, from 1, of up to four lines that contain a given name.
pub(super) type FormalNames = [u8; 4];

/// The lines that contain a given name.
pub(super) fn formal_names(given: &str) -> FormalNames {
    static LINES: LazyLock<FxHashMap<&str, FormalNames>> = LazyLock::new(|| {
        let mut lines: FxHashMap<&str, FormalNames> = FxHashMap::default();
        for (number, line) in (1..).zip(NAMES.lines()) {
            for name in line.split(' ') {
                let free = lines.entry(name).or_default().iter_mut().find(|line| **line == 0);
                free.into_iter().for_each(|line| *line = number);
            }
        }
        lines
    });
    LINES.get(given).copied().unwrap_or_default()
}

/// Whether two given names may be the same: they are on one line.
pub(super) fn may_be_one(one: FormalNames, two: FormalNames) -> bool {
    one[0] != 0 && two[0] != 0 && one.into_iter().any(|line| line != 0 && two.contains(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_lead_to_their_name() {
        assert!(NAMES.lines().count() <= 255);
        for (one, two) in [("bob", "robert"), ("liz", "elizabeth"), ("bill", "william"), ("jack", "john")] {
            assert!(may_be_one(formal_names(one), formal_names(two)), "{one} {two}");
        }
        for (one, two) in [("robert", "william"), ("xiaoming", "ming"), ("", "")] {
            assert!(!may_be_one(formal_names(one), formal_names(two)), "{one} {two}");
        }
    }
}
