//! Cycles between the modules of a crate, found in its source text.
//!
//! A module is a file. It depends on another when it names an item of it by a path that begins with `crate::`, `super::`, `self::` or the
//! name of a child. A parent that only declares or re-exports its children does not depend on them, and re-exports are followed to the
//! file they come from. Text in comments and in test modules does not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// A module by its path from the root of the crate: `["visit", "stay"]`; the root itself is empty.
type Module = Vec<String>;

/// The cycles between the modules below `src`, each once, as module paths.
pub(crate) fn circles(src: &Path) -> anyhow::Result<Vec<Vec<String>>> {
    let mut sources: BTreeMap<Module, String> = BTreeMap::new();
    let mut folders = vec![src.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && let Some(module) = module_of(src, &path)
            {
                let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                sources.entry(module).or_default().push_str(&code(&text));
            }
        }
    }
    Ok(find(&dependencies(&sources)))
}

fn module_of(src: &Path, path: &Path) -> Option<Module> {
    let inner: PathBuf = path.strip_prefix(src).ok()?.with_extension("");
    let mut module: Module =
        inner.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        module.pop();
    }
    // Files of test modules: `tests.rs`, `tests/…`.
    (!module.iter().any(|part| part == "tests")).then_some(module)
}

/// The text without comments, strings and test modules.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let text = text.split("#[cfg(test)]\n#[expect").next().unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default();
        // Outside of strings: every second piece.
        out.extend(line.split('"').step_by(2));
        out.push('\n');
    }
    out
}

/// The paths in a text, with `use` groups expanded.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in
        code.match_indices("crate::").chain(code.match_indices("super::")).chain(code.match_indices("self::"))
    {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
            continue;
        }
        spread(&mut code[at..].chars().filter(|c| !c.is_whitespace()).peekable(), &[], &mut found);
    }
    found
}

fn spread(
    rest: &mut std::iter::Peekable<impl Iterator<Item = char>>,
    base: &[String],
    found: &mut Vec<Vec<String>>,
) {
    let mut path = base.to_vec();
    loop {
        if rest.peek() == Some(&'{') {
            rest.next();
            while rest.peek().is_some_and(|c| *c != '}') {
                spread(rest, &path, found);
                if rest.peek() == Some(&',') {
                    rest.next();
                } else if rest.peek() != Some(&'}') {
                    return;
                }
            }
            rest.next();
            return;
        }
        let mut name = String::new();
        while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
            name.push(c);
        }
        if name.is_empty() {
            break;
        }
        path.push(name);
        if rest.next_if(|c| *c == ':').is_none() || rest.next_if(|c| *c == ':').is_none() {
            break;
        }
    }
    if path.len() > base.len() {
        found.push(path);
    }
}

/// The absolute form of a path that a module names.
fn absolute(module: &Module, path: &[String]) -> Option<Vec<String>> {
    let mut at = module.clone();
    let mut rest = path.iter();
    match rest.next()?.as_str() {
        "crate" => at.clear(),
        "self" => {}
        "super" => {
            at.pop()?;
        }
        _ => return None,
    }
    for part in rest {
        if part == "super" {
            at.pop()?;
        } else {
            at.push(part.clone());
        }
    }
    Some(at)
}

/// The text without the `use` statements that begin with another crate's name.
fn without_foreign_uses(code: &str, module: &Module, modules: &BTreeSet<&Module>) -> String {
    let is_own = |name: &str| {
        ["crate", "super", "self"].contains(&name)
            || modules.contains(&[module.as_slice(), &[name.to_owned()]].concat())
    };
    let mut out = String::new();
    for statement in code.split_inclusive(';') {
        let used = statement.trim_start().strip_prefix("use ").unwrap_or_default();
        let first: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if first.is_empty() || is_own(&first) {
            out.push_str(statement);
        }
    }
    out
}

/// The deepest module that a path leads through.
fn owner(modules: &BTreeSet<&Module>, path: &[String]) -> Option<Module> {
    (0..=path.len()).rev().map(|end| path[..end].to_vec()).find(|prefix| modules.contains(prefix))
}

fn dependencies(sources: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let modules: BTreeSet<&Module> = sources.keys().collect();
    // The re-exports of each module: name and origin.
    let mut exports: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    let mut own: BTreeMap<&Module, String> = BTreeMap::new();
    for (module, code) in sources {
        let mut rest = String::new();
        for statement in code.split_inclusive(';') {
            let Some(at) = statement.find("pub use ").or_else(|| statement.find("pub(crate) use ")) else {
                rest.push_str(statement);
                continue;
            };
            rest.push_str(&statement[..at]);
            let (_, named) = statement[at..].split_once("use ").unwrap_or_default();
            let mut found = Vec::new();
            spread(&mut named.chars().filter(|c| !c.is_whitespace()).peekable(), &[], &mut found);
            for path in found {
                let from = absolute(module, &path).or_else(|| {
                    let child = [module.as_slice(), &path].concat();
                    modules.contains(&child[..=module.len()].to_vec()).then_some(child)
                });
                if let (Some(from), Some(name)) = (from, path.last()) {
                    exports.insert([module.as_slice(), std::slice::from_ref(name)].concat(), from);
                }
            }
        }
        own.insert(module, rest);
    }
    let mut all = BTreeMap::new();
    for (module, code) in &own {
        let mut uses = BTreeSet::new();
        let mut named: Vec<Vec<String>> =
            paths(code).iter().filter_map(|path| absolute(module, path)).collect();
        // Children named without a prefix; names of modules of other crates do not count.
        let code = without_foreign_uses(code, module, &modules);
        for child in
            modules.iter().filter(|child| child.len() == module.len() + 1 && child.starts_with(module))
        {
            let call = format!("{}::", child[module.len()]);
            let is_named = code.match_indices(&call).any(|(at, _)| {
                !code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if is_named {
                named.push((*child).clone());
            }
        }
        for mut path in named {
            // Follows re-exports to their origin; a few steps are enough.
            for _ in 0..4 {
                let Some(end) = (1..=path.len()).rev().find(|end| exports.contains_key(&path[..*end])) else {
                    break;
                };
                path = [exports[&path[..end]].as_slice(), &path[end..]].concat();
            }
            if let Some(owner) = owner(&modules, &path)
                && owner != **module
            {
                uses.insert(owner);
            }
        }
        all.insert((*module).clone(), uses);
    }
    all
}

/// The strongly connected groups of more than one module, each as a walk around it.
fn find(uses: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<String>> {
    let reach = |from: &Module| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = next.pop() {
            for used in uses.get(&module).into_iter().flatten() {
                if seen.insert(used.clone()) {
                    next.push(used.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Module, BTreeSet<Module>> =
        uses.keys().map(|module| (module, reach(module))).collect();
    let mut done: BTreeSet<&Module> = BTreeSet::new();
    let mut found = Vec::new();
    for module in uses.keys() {
        if done.contains(module) || !reached[module].contains(module) {
            continue;
        }
        let circle: Vec<&Module> = uses
            .keys()
            .filter(|other| reached[module].contains(*other) && reached[*other].contains(module))
            .collect();
        done.extend(&circle);
        let name = |module: &Module| if module.is_empty() { "(root)".to_owned() } else { module.join("::") };
        found.push(
            circle
                .iter()
                .map(|one| {
                    let inside = uses[*one].iter().filter(|other| circle.contains(other)).map(name);
                    format!("{} uses {}", name(one), inside.collect::<Vec<_>>().join(", "))
                })
                .collect(),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let sources = files
            .iter()
            .map(|(module, text)| {
                let module: Module =
                    module.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
                (module, code(text))
            })
            .collect();
        find(&dependencies(&sources))
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        let one_way =
            [("", "mod a;\nmod b;\npub use a::A;"), ("a", "use crate::b::B;"), ("b", "pub struct B;")];
        assert_eq!(of(&one_way), Vec::<Vec<String>>::new());
        for back in [
            "use crate::a::A;",
            "use crate::{\n  x, a::A};",
            "use super::a::A;",
            "fn f(_: crate::a::A) {}",
            "use crate::A;",
        ] {
            let circle = [one_way[0], one_way[1], ("b", back)];
            assert_eq!(of(&circle), [["a uses b", "b uses a"]], "{back}");
        }
    }

    #[test]
    fn a_parent_that_uses_its_child_is_in_a_circle_with_it_only_if_the_child_uses_the_parents_own() {
        let child = ("p::c", "use super::P;");
        assert_eq!(of(&[("p", "mod c;\npub struct P;"), child]), Vec::<Vec<String>>::new());
        assert_eq!(
            of(&[("p", "mod c;\nfn f() { c::g() }\npub struct P;"), child]),
            [["p uses p::c", "p::c uses p"]]
        );
        assert_eq!(
            of(&[("p", "mod c;\nmod d;\npub use d::P;"), child, ("p::d", "pub struct P;")]),
            Vec::<Vec<String>>::new()
        );
    }

    #[test]
    fn modules_of_other_crates_do_not_count() {
        let parent = ("p", "mod c;\nuse other::{\n    c::C,\n};\npub struct P;");
        assert_eq!(of(&[parent, ("p::c", "use super::P;")]), Vec::<Vec<String>>::new());
    }

    #[test]
    fn comments_strings_and_tests_do_not_count() {
        let b = "// crate::a::A\nconst X: &str = \"crate::a\";\n#[cfg(test)]\nmod tests { use crate::a::A; }";
        assert_eq!(of(&[("", ""), ("a", "use crate::b::X;"), ("b", b)]), Vec::<Vec<String>>::new());
    }
}
