//! How the text of a module is laid out: lines as wide as in the rest of the project, items set apart by blank lines.

/// How wide lines of code become.
const WIDTH: usize = 110;

/// The lines, with literals, calls, signatures and small functions on one line where they fit.
pub(super) fn joined(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    loop {
        let before = lines.len();
        let mut place = 0;
        while place < lines.len() {
            let here = lines.get(place..).unwrap_or_default();
            if let Some((line, taken)) = group(here).or_else(|| chain(here)).or_else(|| method(here)) {
                lines.splice(place..place + taken, [line]);
            }
            place += 1;
        }
        if lines.len() == before {
            return lines;
        }
    }
}

/// Brackets that open at the end of the first line, joined up to where they close; and how many lines these were.
fn group(lines: &[String]) -> Option<(String, usize)> {
    let (first, rest) = lines.split_first()?;
    let close = match first.chars().last()? {
        '(' => ')',
        '[' => ']',
        '<' => '>',
        '{' if is_literal(first) => '}',
        _ => return None,
    };
    let inside = rest.iter().take_while(|line| indent(line) > indent(first)).count();
    let last = rest.get(inside).filter(|last| last.trim_start().starts_with(close))?;
    let inner = rest.get(..inside)?;
    // Anything with a body of its own stays as it is.
    if inner.iter().any(|line| indent(line) > indent(first) + 4 || line.ends_with('{') || line.contains("//")) {
        return None;
    }
    let parts: Vec<&str> = inner.iter().map(|line| line.trim()).collect();
    let parts = parts.join(" ");
    let space = if close == '}' && !first.starts_with("use ") { " " } else { "" };
    let line = format!("{first}{space}{}{space}{}", parts.trim_end_matches(','), last.trim_start());
    (line.len() <= WIDTH).then_some((line, inside + 2))
}

/// Calls that follow each other, one on each line, joined; and how many lines these were.
fn chain(lines: &[String]) -> Option<(String, usize)> {
    let (first, rest) = lines.split_first()?;
    let calls = rest.iter().take_while(|line| line.trim_start().starts_with('.') && indent(line) > indent(first));
    let calls: Vec<&str> = calls.map(|line| line.trim()).collect();
    let line = format!("{first}{}", calls.concat());
    (!calls.is_empty() && line.len() <= WIDTH).then_some((line, calls.len() + 1))
}

/// A method of one line joined with its body; and how many lines these were.
fn method(lines: &[String]) -> Option<(String, usize)> {
    let [head, body, end, ..] = lines else { return None };
    let is_method = head.starts_with("    fn ") || head.starts_with("    pub const fn ");
    let line = format!("{head} {} {}", body.trim(), end.trim());
    let whole = is_method && head.ends_with('{') && end == "    }" && !body.ends_with([';', '{']);
    (whole && line.len() <= WIDTH).then_some((line, 3))
}

/// Whether the brace that ends the line begins a literal or an import.
fn is_literal(line: &str) -> bool {
    let before = line.trim_end_matches('{').trim();
    let declares = ["pub ", "fn ", "impl ", "unsafe ", "if ", "match ", "else"];
    let name = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let literal = name.starts_with(|c: char| c.is_ascii_uppercase());
    line.starts_with("use ") || literal && !declares.iter().any(|word| before.contains(word))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether a blank line stands between a line and those from `here` on.
pub(super) fn blank_between(before: &str, here: &[String]) -> bool {
    let Some(line) = here.first() else { return false };
    let ended = before.ends_with('}') || before.ends_with(';');
    if before.is_empty() {
        return true;
    }
    if !ended || before.trim_start().starts_with("//") || indent(line) != indent(before) || line.trim_start() == "}" {
        return false;
    }
    if indent(line) == 0 {
        return true;
    }
    let head = here.iter().map(|line| line.trim_start()).find(|line| !line.starts_with(['#', '/']));
    let begins_method = head.is_some_and(|head| head.starts_with("fn ") || head.contains(" fn "));
    let small = |line: &str| line.contains("fn ") && line.ends_with('}');
    // Small methods stand together, unless they are documented.
    indent(line) == 4 && begins_method && !(small(before) && head.is_some_and(small) && !line.contains("///"))
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn literals_and_calls_are_joined_and_bodies_are_not() {
        let text = "const A: X = X {\n    a: 1,\n    b: 2,\n};\nfn f() -> X {\n    g\n}\nlet a = b\n    .c\n    .d(1);\nf(\n    a,\n) -> B {";
        let expected =
            ["const A: X = X { a: 1, b: 2 };", "fn f() -> X {", "    g", "}", "let a = b.c.d(1);", "f(a) -> B {"];
        assert_eq!(joined(text), expected);
    }
}
