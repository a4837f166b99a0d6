//! The bits of an entry as boxes, the highest first, 32 to a line.

use gpt_language::model::{BitRange, Field, Layout, Role};

/// One box.
struct Cell {
    bits: BitRange,
    text: String,
    width: usize,
}

impl Cell {
    /// What stands above the box: its highest and lowest bit.
    fn bits(&self) -> (String, String) {
        let low = if self.bits.width() == 1 { String::new() } else { self.bits.low.to_string() };
        (self.bits.high.to_string(), low)
    }

    /// How narrow the box can be.
    fn least(&self, whole_text: bool) -> usize {
        let (high, low) = self.bits();
        let bits = if low.is_empty() { high.len() } else { high.len() + 1 + low.len() };
        if whole_text { bits.max(self.text.chars().count()) } else { bits }
    }
}

/// The figure, at most `columns` wide.
pub(super) fn figure(layout: &Layout, entry_bits: u32, columns: usize) -> String {
    let mut lines: Vec<Vec<Cell>> = Vec::new();
    let mut high = entry_bits;
    while high > 0 {
        let low = high.saturating_sub(32);
        if let Some(line) = BitRange::new(high - 1, low) {
            lines.extend(fit(cells(layout, line), columns));
        }
        high = low;
    }
    // All lines have one width; three columns for each bit, as far as names and numbers leave room.
    let wanted = 3 * entry_bits.min(32) as usize + 1;
    let width = lines.iter().map(|line| line_width(line)).max().unwrap_or(0).max(wanted.min(columns));
    lines.iter_mut().for_each(|line| widen(line, width));
    lines.iter().map(|line| draw(line)).collect()
}

/// The boxes of the rows, cut at the ends of the line.
fn cells(layout: &Layout, line: BitRange) -> Vec<Cell> {
    let mut fields: Vec<&Field> = layout.fields.iter().filter(|field| field.bits.overlaps(line)).collect();
    fields.sort_by_key(|field| std::cmp::Reverse(field.bits.low));
    let cells = fields.into_iter().filter_map(|field| {
        let bits = BitRange::new(field.bits.high.min(line.high), field.bits.low.max(line.low))?;
        Some(Cell { bits, text: text(field), width: 0 })
    });
    cells.collect()
}

fn text(field: &Field) -> String {
    match &field.role {
        Role::Constant(_) if field.extent.is_some() => field.name.clone(),
        Role::Constant(value) if field.name.is_empty() => format!("{value:#x}"),
        Role::Constant(value) if *value < 10 => format!("{}={value}", field.name),
        Role::Constant(value) => format!("{}={value:#x}", field.name),
        Role::Zero => "0".to_owned(),
        Role::Free { .. } if field.name.is_empty() => "free".to_owned(),
        Role::Setting { meaning, .. } if field.name.is_empty() => meaning.name().to_owned(),
        _ => field.name.clone(),
    }
}

/// Gives every box its width; where the names do not fit they are cut, where even the numbers do not, the line is.
fn fit(mut cells: Vec<Cell>, columns: usize) -> Vec<Vec<Cell>> {
    cells.iter_mut().for_each(|cell| cell.width = cell.least(true));
    while line_width(&cells) > columns {
        let widest =
            cells.iter_mut().filter(|cell| cell.width > cell.least(false).max(3)).max_by_key(|cell| cell.width);
        let Some(widest) = widest else {
            if cells.len() < 2 {
                break;
            }
            let rest = cells.split_off(cells.len() / 2);
            let mut lines = fit(cells, columns);
            lines.extend(fit(rest, columns));
            return lines;
        };
        widest.width -= 1;
    }
    vec![cells]
}

fn line_width(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.width + 1).sum::<usize>() + 1
}

/// Shares out what is left of `width`, a column at a time to the box with the most bits for its width.
fn widen(cells: &mut [Cell], width: usize) {
    for _ in line_width(cells)..width {
        let neediest = cells.iter_mut().max_by_key(|cell| u64::from(cell.bits.width()) * 1000 / cell.width as u64);
        if let Some(cell) = neediest {
            cell.width += 1;
        }
    }
}

fn draw(cells: &[Cell]) -> String {
    let (mut numbers, mut top, mut middle, mut bottom) = (String::new(), String::new(), String::new(), String::new());
    for (place, cell) in cells.iter().enumerate() {
        let (high, low) = cell.bits();
        let gap = cell.width - high.len() - low.len();
        numbers.push_str(&format!(" {high}{}{low}", " ".repeat(gap)));
        let line = "─".repeat(cell.width);
        top.push_str(&format!("{}{line}", if place == 0 { '┌' } else { '┬' }));
        bottom.push_str(&format!("{}{line}", if place == 0 { '└' } else { '┴' }));
        middle.push_str(&format!("│{:^width$}", shortened(&cell.text, cell.width), width = cell.width));
    }
    format!("{}\n{top}┐\n{middle}│\n{bottom}┘\n", numbers.trim_end())
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}
