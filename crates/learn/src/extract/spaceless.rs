//! Standing orders in scripts that are written without spaces between words.

/// Phrases that make any sentence a standing order: from now on, never again.
const ANYWHERE: &[&str] = &[
    "从现在起",
    "从现在开始",
    "今后",
    "不要再",
    "別再",
    "别再",
    "從現在起",
    "從現在開始",
    "今後は",
    "これからは",
    "これから先",
    "二度と",
];

/// Words for always, never, by default and whenever: an order where nothing but an address or a
/// request stands before them in their clause.
const LEADING: &[&str] = &[
    "总是", "始终", "一律", "永远", "绝不", "以后", "每次", "每当", "默认", "總是", "始終", "永遠",
    "絕不", "以後", "每次", "每當", "預設",
];

/// What may stand before a leading word.
const BEFORE: &[&str] =
    &["请", "請", "你", "您", "要", "应该", "應該", "以后", "以後", "都", "务必", "務必"];

/// Words for always and never that order only in a sentence that asks for something.
const ASKED: &[&str] =
    &["常に", "必ず", "いつも", "絶対に", "決して", "毎回", "항상", "절대", "앞으로", "언제나"];

/// How such a sentence ends.
const REQUESTS: &[&str] = &[
    "ください",
    "下さい",
    "して",
    "てね",
    "ように",
    "こと",
    "ほしい",
    "欲しい",
    "お願いします",
    "くれ",
    "주세요",
    "하세요",
    "해줘",
    "말아줘",
    "마세요",
    "해",
    "줘",
];

/// Whether a sentence is a standing order.
pub(super) fn is_order(sentence: &str) -> bool {
    let sentence = sentence.trim_end_matches(['。', '！', '.', '!', ' ']);
    let mut clauses = sentence.split(['，', '、', '：', ',', ':', ' ']);
    ANYWHERE.iter().any(|phrase| sentence.contains(phrase))
        || clauses.any(leads)
        || ASKED.iter().any(|word| sentence.contains(word))
            && REQUESTS.iter().any(|end| sentence.ends_with(end))
}

fn leads(clause: &str) -> bool {
    let mut rest = clause;
    loop {
        if LEADING.iter().any(|word| rest.starts_with(word) && rest.len() > word.len()) {
            return true;
        }
        let Some(after) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) else {
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
