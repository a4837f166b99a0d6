//! The canonical spacing of the rows in a description.
//!
//! A row is a list item that starts with a number. Its first word is padded so that names start in one column, and in
//! rows of bits the name is padded so that meanings do; between other words there is one space. A comment stays in its
//! column unless the row reaches it. Everything else is left alone.

/// What the items of a list are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    /// `63 XD not execute`: bits, a name or none, what they are.
    Bits,
    /// `47:39 PML4`, or `0 pma`: a number and the rest.
    Other,
}

/// One row, taken apart.
struct Row<'t> {
    indent: &'t str,
    number: &'t str,
    name: Option<&'t str>,
    rest: String,
    comment: Option<(usize, &'t str)>,
}

/// The least widths of the number and of the name in a row of bits, so that most files look alike.
const BITS_WIDTH: usize = 5;
const NAME_WIDTH: usize = 4;

/// The text with its rows aligned.
pub(crate) fn align(text: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut list = List::Other;
    let mut rows: Vec<Option<(List, Row<'_>)>> = Vec::new();
    let mut block = None;
    for line in &lines {
        let content = line.trim_end_matches(['\n', '\r']);
        let indent = content.len() - content.trim_start_matches(' ').len();
        let trimmed = content.trim_start_matches(' ');
        // The lines of a block scalar are text, whatever they look like.
        if block.is_some_and(|outer| trimmed.is_empty() || indent > outer) {
            rows.push(None);
            continue;
        }
        block = opens_block(trimmed).then_some(indent);
        if let Some(key) = key(trimmed) {
            list = if key == "bits" { List::Bits } else { List::Other };
        }
        rows.push(row(content, list).map(|row| (list, row)));
    }
    let all = || rows.iter().flatten();
    let bits = all().filter(|(list, _)| *list == List::Bits).map(|(_, row)| row.number.len()).max();
    let bits = bits.unwrap_or(0).max(BITS_WIDTH);
    let mut text = String::new();
    let widths = widths(&rows);
    for ((line, row), (number, name)) in lines.iter().zip(&rows).zip(widths) {
        let Some((list, row)) = row else {
            text.push_str(line);
            continue;
        };
        let number = if *list == List::Bits { bits } else { number };
        text.push_str(&row.text(*list, number, name.max(NAME_WIDTH)));
        text.push_str(&line[line.trim_end_matches(['\n', '\r']).len()..]);
    }
    text
}

/// For every line the longest number and the longest name of the rows that stand together with it.
fn widths(rows: &[Option<(List, Row<'_>)>]) -> Vec<(usize, usize)> {
    rows.chunk_by(|a, b| a.is_some() == b.is_some())
        .flat_map(|together| {
            let rows = || together.iter().flatten().map(|(_, row)| row);
            let number = rows().map(|row| row.number.len()).max().unwrap_or(0);
            let name = rows().filter_map(|row| row.name).map(str::len).max().unwrap_or(0);
            std::iter::repeat_n((number, name), together.len())
        })
        .collect()
}

/// Whether the lines after this one are the text of a block scalar.
fn opens_block(trimmed: &str) -> bool {
    let content = trimmed.split(" #").next().unwrap_or(trimmed).trim_end();
    let last = content.rsplit([' ', ':', '-']).next().unwrap_or("");
    let value = last.trim_end_matches(|c: char| c.is_ascii_digit());
    value.starts_with(['|', '>']) || content.ends_with(['|', '>']) || content.ends_with("|-") || content.ends_with(">-")
}

/// The key of a line that is `key:` and perhaps a comment.
fn key(trimmed: &str) -> Option<&str> {
    let (key, rest) = trimmed.split_once(':')?;
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let rest = rest.trim_start();
    (plain && (rest.is_empty() || rest.starts_with('#'))).then_some(key)
}

fn row(content: &str, list: List) -> Option<Row<'_>> {
    let dash = content.find(|c| c != ' ')?;
    let (indent, item) = content.split_at(dash);
    let item = item.strip_prefix("- ")?.trim_start_matches(' ');
    if !item.starts_with(|c: char| c.is_ascii_digit()) || item.contains('\t') {
        return None;
    }
    let start = content.len() - item.len();
    let (sentence, comment) = match item.find(" #") {
        Some(at) => (&item[..at], Some((start + at + 1, &item[at + 1..]))),
        None => (item, None),
    };
    let comment = comment.map(|(at, text)| (content[..at].chars().count(), text));
    let mut words = sentence.split(' ').filter(|word| !word.is_empty());
    let number = words.next()?;
    let mut words: Vec<&str> = words.collect();
    let named = list == List::Bits && !matches!(words.first(), None | Some(&("zero" | "free")));
    let name = named.then(|| words.remove(0));
    Some(Row { indent, number, name, rest: words.join(" "), comment })
}

impl Row<'_> {
    fn text(&self, list: List, number_width: usize, name_width: usize) -> String {
        let mut text = format!("{}- {:number_width$}  ", self.indent, self.number);
        if list == List::Bits {
            text.push_str(&format!("{:name_width$} ", self.name.unwrap_or_default()));
        }
        text.push_str(&self.rest);
        text.truncate(text.trim_end().len());
        if let Some((column, comment)) = self.comment {
            let gap = column.saturating_sub(text.chars().count()).max(1);
            text.push_str(&" ".repeat(gap));
            text.push_str(comment);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::align;

    const ROUGH: &str = "\
levels:
  - 47:39 PML4,  entry 64 bits
  - 8:0 X
entries:
  page: # kind
    at: [PML4]
    bits:
      - 63 XD  not   execute # why
      -   62:52    free
      - 7 SUPER =   1          # far
      - 0 zero
about: |
  - 12 is   not a row
";

    #[test]
    fn rows_are_aligned_and_the_rest_is_kept() {
        assert_eq!(
            align(ROUGH),
            "\
levels:
  - 47:39  PML4, entry 64 bits
  - 8:0    X
entries:
  page: # kind
    at: [PML4]
    bits:
      - 63     XD    not execute # why
      - 62:52        free
      - 7      SUPER = 1       # far
      - 0            zero
about: |
  - 12 is   not a row
"
        );
    }

    #[test]
    fn aligning_twice_changes_nothing_more() {
        let once = align(ROUGH);
        assert_eq!(align(&once), once);
    }

    #[test]
    fn line_ends_and_odd_lines_stay() {
        for text in ["", "- ", "- 1\r\n", "x", "  - 'a  b'\n", "- \"63  XD\"\n", "-  x   y\n", "\u{e9}: 1\n"] {
            assert_eq!(align(text), text, "{text:?}");
        }
    }
}
