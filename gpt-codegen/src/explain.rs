//! One page for each diagnostic code: what the rule is, why hardware needs it, and how to write it.

/// The pages, each under its code.
macro_rules! pages {
    ($($code:literal)*) => {
        /// Every code with its page, in order.
        const PAGES: &[(&str, &str)] = &[$(($code, include_str!(concat!("explanations/", $code, ".md")))),*];
    };
}

pages! {
    "E0001" "E0002" "E0003" "E0004" "E0005" "E0006" "E0007" "E0010" "E0011" "E0012" "E0013" "E0014" "E0015"
    "E0016" "E0017" "E0018" "E0019" "E0020" "E0101" "E0102" "E0103" "E0104" "E0105" "E0106" "E0107" "E0108"
    "E0109" "E0110" "E0111" "E0112" "E0113" "E0114" "E0115" "E0116" "E0117" "E0201" "E0202" "E0203" "E0204" "E0205" "E0206"
    "E0207" "E0208" "E0209" "E0210" "E0211" "E0212" "E0213" "E0214" "E0215" "E0216" "E0217" "E0218" "E0219"
    "E0220" "E0221" "E0222" "E0223" "E0224" "E0225" "E0226" "E0227" "E0228" "E0229" "E0230" "E0231" "E0232"
    "E0233" "E0234" "E0235" "E0236" "E0301" "E0302" "E0303"
}

/// The page on a code such as `E0202`, in Markdown; `None` where there is no such code.
pub fn explain(code: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| *known == code).map(|(_, page)| *page)
}

/// Every code with its title, in order.
pub fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.iter().map(|(code, page)| {
        let first = page.lines().next().unwrap_or_default();
        (*code, first.split_once(": ").map_or(first, |(_, title)| title))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{PAGES, codes, explain};

    /// The files below a directory of the crate with this extension.
    fn files(below: &str, extension: &str) -> Vec<PathBuf> {
        let mut directories = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(below)];
        let mut files = Vec::new();
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else if path.extension().is_some_and(|own| own == extension) {
                    files.push(path);
                }
            }
        }
        files
    }

    /// The codes that follow `before` in a text.
    fn codes_after(text: &str, before: &str) -> BTreeSet<String> {
        let starts = text.match_indices(before).map(|(start, _)| start + before.len());
        let code = |start: usize| text.get(start..start + 5);
        starts.filter_map(code).filter(|code| is_code(code)).map(str::to_owned).collect()
    }

    fn is_code(text: &str) -> bool {
        text.strip_prefix('E').is_some_and(|number| number.len() == 4 && number.bytes().all(|c| c.is_ascii_digit()))
    }

    fn explained() -> BTreeSet<String> {
        PAGES.iter().map(|(code, _)| (*code).to_owned()).collect()
    }

    #[test]
    fn every_code_in_use_has_a_page_and_every_page_a_use() {
        let own = Path::new(file!()).file_name();
        let sources = ["src", "language/src", "backend/src"].into_iter().flat_map(|below| files(below, "rs"));
        let sources = sources.filter(|path| path.file_name() != own);
        let used: BTreeSet<String> =
            sources.flat_map(|path| codes_after(&fs::read_to_string(path).unwrap(), "\"")).collect();
        assert_eq!(used, explained());
    }

    #[test]
    fn every_code_has_a_case() {
        let said = |below: &str, extension: &str, before: &'static str| {
            let texts = files(below, extension).into_iter().map(|path| fs::read_to_string(path).unwrap());
            texts.flat_map(move |text| codes_after(&text, before)).collect::<BTreeSet<String>>()
        };
        let mut all = said("tests/snapshots", "snap", "error[");
        // Mistakes that only types have.
        all.extend(said("../gpt-macros/tests/mistakes", "stderr", "(gpt explain "));
        assert_eq!(all, explained());
    }

    #[test]
    fn every_page_is_listed_under_its_code_with_a_title_and_in_order() {
        let pages: BTreeSet<String> = files("src/explanations", "md")
            .into_iter()
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(pages, explained());
        assert!(PAGES.is_sorted_by(|left, right| left.0 < right.0));
        for (code, page) in PAGES {
            let title = page.strip_prefix("# ").and_then(|page| page.strip_prefix(code)?.strip_prefix(": "));
            assert!(
                title.is_some_and(|title| title.starts_with(char::is_lowercase) || title.starts_with('`')),
                "{code}"
            );
        }
    }

    #[test]
    fn a_code_that_does_not_exist_has_no_page() {
        assert!(explain("E0200").is_none() && explain("").is_none());
        assert!(explain("E0202").is_some_and(|page| page.starts_with("# E0202: bits are not named\n")));
        assert!(codes().any(|found| found == ("E0202", "bits are not named")));
    }
}
