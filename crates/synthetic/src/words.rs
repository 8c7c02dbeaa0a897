//! Word lists as plain text, and drawing from them so that the first words are the most frequent.

use crate::draws::Draws;

/// Words separated by single spaces, the most common first, as a `&'static [&'static str]` made at compile time.
macro_rules! words {
    ($text:literal) => {{
        const WORDS: [&str; $crate::words::count($text)] = $crate::words::split($text);
        &WORDS
    }};
}
pub(crate) use words;

/// The longest list [`pick`] can draw from.
pub(crate) const LONGEST: usize = 160;

/// `CUMULATIVE[n]` is the weight of the first `n` words together.
///
/// The word of rank `r` (from 1) weighs 1/(r + 3). With 120 Chinese surnames that gives 王 7 %, the twentieth 1.2 %
/// and the hundredth 0.27 %, near their real shares.
const CUMULATIVE: [u64; LONGEST + 1] = {
    let mut sums = [0; LONGEST + 1];
    let mut rank = 1;
    while rank <= LONGEST {
        sums[rank] = sums[rank - 1] + 1_000_000 / (rank as u64 + 3);
        rank += 1;
    }
    sums
};

/// One of `list`, earlier ones with higher probability. The list holds 1 to [`LONGEST`] words.
pub(crate) fn pick(draws: &mut Draws, list: &[&'static str]) -> &'static str {
    let point = draws.below(CUMULATIVE[list.len()]);
    list[CUMULATIVE.partition_point(|sum| *sum <= point) - 1]
}

/// How many words [`split`] finds.
pub(crate) const fn count(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut words) = (0, 1);
    while at < bytes.len() {
        if bytes[at] == b' ' {
            words += 1;
        }
        at += 1;
    }
    assert!(words <= LONGEST, "the list is too long to pick from");
    words
}

/// The `N` words of `text`.
pub(crate) const fn split<const N: usize>(text: &'static str) -> [&'static str; N] {
    let mut words = [""; N];
    let mut rest = text;
    let (mut at, mut word) = (0, 0);
    while at < rest.len() {
        if rest.as_bytes()[at] == b' ' {
            let (head, tail) = rest.split_at(at);
            assert!(at > 0, "one space between words");
            words[word] = head;
            rest = tail.split_at(1).1;
            (at, word) = (0, word + 1);
        } else {
            at += 1;
        }
    }
    words[word] = rest;
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_split_at_its_spaces() {
        let list: &[&str] = words!("王 欧阳 O'Brien");
        assert_eq!(list, ["王", "欧阳", "O'Brien"]);
    }

    #[test]
    fn words_are_drawn_by_rank() {
        let mut draws = Draws::new(1);
        let mut drawn = [0; 4];
        for _ in 0..10_000 {
            drawn[pick(&mut draws, words!("a b c d")).as_bytes()[0] as usize - usize::from(b'a')] += 1;
        }
        // Weights 1/4, 1/5, 1/6, 1/7.
        for (times, expected) in drawn.into_iter().zip([3_292_i32, 2_633, 2_194, 1_881]) {
            assert!((times - expected).abs() < 200, "{drawn:?}");
        }
    }
}
