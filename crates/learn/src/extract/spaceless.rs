//! Standing orders in scripts that are written without spaces between words.

use crate::words::orders as words;

/// Whether a sentence is a standing order.
pub(super) fn is_order(sentence: &str) -> bool {
    let sentence = sentence.trim_end_matches(['。', '！', '.', '!', ' ']);
    let mut clauses = sentence.split(['，', '、', '：', ',', ':', ' ']);
    words::SPACELESS_ANYWHERE.iter().any(|phrase| sentence.contains(phrase))
        || clauses.any(leads)
        || words::SPACELESS_ASKED.iter().any(|word| sentence.contains(word))
            && words::SPACELESS_REQUESTS.iter().any(|end| sentence.ends_with(end))
}

fn leads(clause: &str) -> bool {
    let mut rest = clause;
    loop {
        if words::SPACELESS_LEADING
            .iter()
            .any(|word| rest.starts_with(word) && rest.len() > word.len())
        {
            return true;
        }
        let Some(after) = words::SPACELESS_BEFORE.iter().find_map(|word| rest.strip_prefix(word))
        else {
            return false;
        };
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_stand_and_descriptions_do_not() {
        for text in [
            "以后总是用中文回答",
            "请始终使用制表符。",
            "从现在起，回答要简短",
            "每次修改后都运行测试",
            "常に日本語で答えてください。",
            "コードには必ずテストを書いてください",
            "항상 한국어로 대답해 주세요",
        ] {
            assert!(is_order(text), "{text}");
        }
        for text in [
            "它总是失败",
            "这个测试每次都失败",
            "テストが常に失敗します",
            "修复这个错误",
            "我更喜欢小的提交",
            "",
        ] {
            assert!(!is_order(text), "{text}");
        }
    }
}
