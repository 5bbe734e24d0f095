use super::Coverage;
use crate::engine::{RuleSet, Settings};
use crate::limits::Limits;
use crate::sigma::{Placeholders, read};
use crate::source::Mapping;

fn rule(id: &str, level: &str, tags: &str) -> String {
    format!(
        "title: Rule {id}\nid: {id}\nlevel: {level}\ntags: [{tags}]\nlogsource: {{product: \
         windows}}\ndetection:\n  s: {{a: b}}\n  condition: s\n"
    )
}

fn coverage(documents: &[String]) -> Coverage {
    let (limits, mapping) = (Limits::default(), Mapping::built_in().unwrap());
    let text = documents.join("---\n");
    let file = read("t.yml", &text, &Placeholders::new(), &limits);
    assert_eq!(file.refused, []);
    let settings = Settings {
        mapping: &mapping,
        limits: &limits,
        fields: &[],
    };
    let compiled = RuleSet::compile(file.documents, settings);
    assert_eq!(compiled.refused, []);
    Coverage::of(&compiled.rules)
}

#[test]
fn techniques_are_counted_once_for_each_rule() {
    let mut documents = vec![
        rule(
            "a",
            "high",
            "attack.execution, attack.t1059.001, attack.T1059.001",
        ),
        rule("b", "low", "attack.t1059.001, attack.t0855"),
        rule("c", "low", "attack.execution"),
    ];
    documents.push(
        "title: Both\nid: d\ntags: [attack.t1110]\nlevel: critical\ncorrelation:\n  type: \
         temporal\n  rules: [a, b]\n  timespan: 1m\n"
            .to_owned(),
    );
    let coverage = coverage(&documents);
    assert_eq!(coverage.without, 1);
    let told: Vec<String> = coverage
        .techniques()
        .map(|it| format!("{} {} {}", it.technique, it.covered.rules, it.covered.level))
        .collect();
    assert_eq!(
        told,
        ["T0855 1 low", "T1059.001 2 high", "T1110 1 critical"]
    );
    let golden = r##"{
  "name": "rules of a test",
  "versions": {
    "layer": "4.5"
  },
  "domain": "enterprise-attack",
  "description": "2 techniques named by the loaded rules; the score is the number of rules.",
  "techniques": [
    {
      "techniqueID": "T1059.001",
      "score": 2,
      "comment": "highest level high: Rule a; Rule b",
      "enabled": true
    },
    {
      "techniqueID": "T1110",
      "score": 1,
      "comment": "highest level critical: Both",
      "enabled": true
    }
  ],
  "gradient": {
    "colors": [
      "#dbe9f6",
      "#08519c"
    ],
    "minValue": 0,
    "maxValue": 2
  }
}"##;
    assert_eq!(coverage.navigator_layer("rules of a test"), golden);
}

#[test]
fn a_comment_names_a_few_rules_and_counts_the_rest() {
    let level = |number| if number == 3 { "medium" } else { "low" };
    let documents: Vec<String> = (0..8)
        .map(|number| rule(&format!("r{number}"), level(number), "attack.t1003"))
        .collect();
    let layer = coverage(&documents).navigator_layer("n");
    assert!(layer.contains("Rule r4; and 3 more\""), "{layer}");
    assert!(!layer.contains("Rule r5"), "{layer}");
    assert!(layer.contains("highest level medium: "), "{layer}");
}
