//! Texts as JSON lines.

use super::Generated;

/// A JSON object for each text, one to a line.
///
/// # Errors
/// None: every text can be written as JSON.
pub fn to_lines(texts: &[Generated]) -> Result<String, String> {
    let mut lines = String::new();
    for text in texts {
        lines += &serde_json::to_string(text).map_err(|error| error.to_string())?;
        lines.push('\n');
    }
    Ok(lines)
}

/// Reads what [`to_lines`] wrote; unknown fields are ignored.
///
/// # Errors
/// The number and fault of the first line that is no text.
pub fn parse(lines: &str) -> Result<Vec<Generated>, String> {
    let parse = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))
    };
    lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(parse).collect()
}
