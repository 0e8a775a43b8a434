// SPDX-License-Identifier: Apache-2.0
// Documents, declared keys of every type, the strict reader, and what is written from the declarations.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/config/reader.hpp"
#include "core/config/reference.hpp"
#include "core/config/writer.hpp"
#include "core/error.hpp"

namespace waferloom::core::config {
namespace {

enum class Fruit : std::uint8_t { apple, pear, plum };
constexpr std::array kFruits{Named<Fruit>{"apple", Fruit::apple}, Named<Fruit>{"pear", Fruit::pear},
                             Named<Fruit>{"plum", Fruit::plum}};

/// One key of every type.
struct Sample {
  std::uint32_t count = 4;
  std::uint64_t big = 7;
  std::uint32_t size = 2048;
  double clock = 1e9;
  double share = 0.5;
  bool flag = false;
  std::string text = "some text: with \"quotes\"\n\t\\ and \xc3\xa9";
  std::string word = "one";
  Fruit fruit = Fruit::pear;
  std::vector<Fruit> fruits;
  std::vector<std::uint32_t> queues{6, 4};
  std::vector<std::uint32_t> layers;
  Rectangle place{1, 2, 3, 4};
  friend bool operator==(const Sample&, const Sample&) = default;
};

struct Bound {
  Sample sample;
  Keys keys;
  Settings settings;
  Problems problems;

  Bound() {
    Section top(keys, "", "");
    top.text("text", sample.text, "free text");
    Section s(keys, "s", "A section.");
    s.count<std::uint32_t>("count", sample.count, {1, 10}, "a count");
    s.count<std::uint64_t>("big", sample.big, {}, "any number");
    s.amount<std::uint32_t>("size", sample.size, Dimension::bytes, {1, 4096}, "a size");
    s.quantity("clock", sample.clock, Dimension::frequency, {1e3, 1e12}, "a clock");
    s.quantity("share", sample.share, Dimension::none, {0, 1, true}, "a share");
    s.flag("flag", sample.flag, "a flag");
    s.text("word", sample.word, "a word", {"one", "two"});
    s.choice<Fruit>("fruit", sample.fruit, kFruits, "a fruit");
    s.choices<Fruit>("fruits", sample.fruits, kFruits, "fruits");
    s.counts("queues", sample.queues, {1, 3}, {1, 9}, "depths");
    s.indices("layers", sample.layers, 99, "layers");
    s.rectangle("place", sample.place, 0, 100, "A place.");
  }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

  void read(const std::string& text) {
    apply(parse_text(text, {"f.yaml", 1, 1, 0}, problems), keys, settings, problems);
  }
};

/// The value of the sample after reading `text`, which must be sound.
Sample read(const std::string& text) {
  Bound bound;
  bound.read(text);
  EXPECT_EQ("", bound.problems.text()) << text;
  return bound.sample;
}

/// What is wrong with `text`; the sample must stay as it was.
std::string problems_of(const std::string& text) {
  Bound bound;
  bound.read(text);
  EXPECT_EQ(Sample{}, bound.sample) << text;
  return bound.problems.text();
}

TEST(Config, EveryTypeIsRead) {
  const Sample s = read(
      "text: hello\n"
      "s:\n"
      "  count: 9\n"
      "  big: 18446744073709551615\n"
      "  size: 3 KiB\n"
      "  clock: \"850 MHz\"\n"
      "  share: 0.25\n"
      "  flag: true\n"
      "  word: two\n"
      "  fruit: plum\n"
      "  fruits: [plum, apple]\n"
      "  queues: [9, 1, '2']\n"
      "  layers: [7, 0-2]\n"
      "  place: { x: 5, width: 6 }\n");
  EXPECT_EQ("hello", s.text);
  EXPECT_EQ(9U, s.count);
  EXPECT_EQ(18446744073709551615U, s.big);
  EXPECT_EQ(3072U, s.size);
  EXPECT_EQ(850e6, s.clock);
  EXPECT_EQ(0.25, s.share);
  EXPECT_TRUE(s.flag);
  EXPECT_EQ("two", s.word);
  EXPECT_EQ(Fruit::plum, s.fruit);
  EXPECT_EQ((std::vector{Fruit::apple, Fruit::plum}), s.fruits);
  EXPECT_EQ((std::vector<std::uint32_t>{9, 1, 2}), s.queues);
  EXPECT_EQ((std::vector<std::uint32_t>{0, 1, 2, 7}), s.layers);
  EXPECT_EQ((Rectangle{5, 2, 6, 4}), s.place);
}

TEST(Config, LayersInAllTheirForms) {
  using List = std::vector<std::uint32_t>;
  EXPECT_EQ((List{0}), read("s: { layers: 0 }").layers);
  EXPECT_EQ((List{0, 3}), read("s: { layers: [0, 3] }").layers);
  EXPECT_EQ((List{0, 1, 2, 3}), read("s: { layers: \"0-3\" }").layers);
  EXPECT_EQ((List{0, 1, 2, 3}), read("s: { layers: 0-3 }").layers);
  EXPECT_EQ((List{}), read("s: { layers: all }").layers);
}

TEST(Config, ASingleNameIsAListOfIt) {
  EXPECT_EQ((std::vector{Fruit::pear}), read("s: { fruits: pear }").fruits);
  EXPECT_EQ((std::vector<Fruit>{}), read("s: { fruits: all }").fruits);
}

TEST(Config, WindowsLineEndsAndComments) {
  EXPECT_EQ(3U, read("# first\r\ns:\r\n  # second\r\n  count: 3 # third\r\n").count);
}

TEST(Config, EachErrorHasItsPositionAndSaysWhatWasExpected) {
  EXPECT_EQ("f.yaml:1:13: s.count: expected a whole number from 1 to 10, got 11",
            problems_of("s: { count: 11 }"));
  EXPECT_EQ("f.yaml:2:10: s.count: expected a whole number from 1 to 10, got 010",
            problems_of("s:\n  count: 010"));
  EXPECT_EQ("f.yaml:1:13: s.count: expected a whole number from 1 to 10, got 3 cores with a unit",
            problems_of("s: { count: 3 cores }"));
  EXPECT_EQ("f.yaml:1:6: s.count: expected a whole number from 1 to 10, got nothing",
            problems_of("s: { count: }"));
  EXPECT_EQ(
      "f.yaml:1:13: s.clock: expected a frequency from 1 kHz to 1 THz with a unit (Hz, kHz, MHz, GHz, THz), "
      "got 850 without a unit",
      problems_of("s: { clock: 850 }"));
  EXPECT_EQ("f.yaml:1:13: s.share: expected a number from 0 to less than 1, got 1",
            problems_of("s: { share: 1 }"));
  EXPECT_EQ("f.yaml:1:12: s.flag: expected true or false, got Y", problems_of("s: { flag: Y }"));
  EXPECT_EQ("f.yaml:1:13: s.fruit: expected one of apple, pear, plum, got plumm; did you mean plum?",
            problems_of("s: { fruit: plumm }"));
  EXPECT_EQ("f.yaml:1:21: s.fruits: expected each name once, got pear again",
            problems_of("s: { fruits: [pear, pear] }").substr(0, 66));
}

TEST(Config, ValuesThatYamlWouldReadInItsOwnWayAreRefused) {
  for (const char* value : {"010", "0x10", "1e1", "1_0", "+", "-1", "1.5", ".nan", ".inf", "true", "~",
                            "null", "\"\"", "[1]", "{a: 1}", "99999999999999999999999999"}) {
    const std::string found = problems_of(std::string("s: { count: ") + value + " }");
    EXPECT_EQ(0U, found.find("f.yaml:1:")) << value << ": " << found;
    EXPECT_NE(std::string::npos, found.find("s.count: expected a whole number from 1 to 10, got ")) << found;
  }
}

TEST(Config, ListsAreCheckedAsAWholeAndByItem) {
  EXPECT_EQ("f.yaml:1:14: s.queues: expected a list of 1 to 3 numbers, each from 1 to 9, got 4 numbers",
            problems_of("s: { queues: [1, 2, 3, 4] }"));
  EXPECT_EQ("f.yaml:1:14: s.queues: expected a list of 1 to 3 numbers, each from 1 to 9, got 0 numbers",
            problems_of("s: { queues: [] }"));
  EXPECT_EQ(
      "f.yaml:1:18: s.queues: expected a whole number from 1 to 9, got 10\n"
      "f.yaml:1:22: s.queues: expected a whole number from 1 to 9, got x",
      problems_of("s: { queues: [1, 10, x] }"));
  EXPECT_NE("", problems_of("s: { queues: 3 }"));
  for (const char* layers :
       {"[]", "100", "3-1", "1-", "-1", "a", "[[0]]", "0-4000000000", "[0, 0]", "[0-3, 2]"}) {
    EXPECT_NE("", problems_of(std::string("s: { layers: ") + layers + " }")) << layers;
  }
}

TEST(Config, UnknownAndDuplicateKeys) {
  EXPECT_EQ("f.yaml:2:3: s.cuont: expected a known key, got an unknown one; did you mean s.count?",
            problems_of("s:\n  cuont: 3"));
  EXPECT_EQ("f.yaml:1:1: fruit: expected a known key, got an unknown one; did you mean s.fruit?",
            problems_of("fruit: plum"));
  EXPECT_EQ("f.yaml:1:1: zzzzzz: expected a known key, got an unknown one",
            problems_of("zzzzzz: {a: 1, b: 2}"));
  Bound bound;
  bound.read("s:\n  count: 3\n  flag: true\n  count: 5\n");
  EXPECT_EQ("f.yaml:4:3: s.count: expected the key once, got it again (first at f.yaml:2:3)",
            bound.problems.text());
  EXPECT_EQ(3U, bound.sample.count);
  bound.read("s: {flag: true}\ns: {flag: false}\n");
  EXPECT_NE(std::string::npos, bound.problems.text().find("f.yaml:2:1: s: expected the key once"));
}

TEST(Config, SectionsAreMappings) {
  EXPECT_EQ("f.yaml:1:4: s: expected a mapping of keys, got 5", problems_of("s: 5"));
  EXPECT_EQ("f.yaml:1:1: s: expected a mapping of keys, got nothing", problems_of("s:"));
  EXPECT_EQ("f.yaml:1:1: s.count: expected sections nested as mappings, got a dotted key",
            problems_of("s.count: 5"));
  EXPECT_EQ("f.yaml:1:7: text: expected a text, got a mapping", problems_of("text: {a: b}"));
}

TEST(Config, WhatYamlOffersBeyondPlainDataIsRefused) {
  EXPECT_EQ("f.yaml:1:4: expected a value, got an anchor (anchors are not supported)",
            problems_of("s: &a { }").substr(0, 71));
  EXPECT_NE(std::string::npos,
            problems_of("s: &a {}\ntext: *a\n").find("f.yaml:2:7: expected a value, got an alias"));
  EXPECT_NE(std::string::npos, problems_of("s: !!map {}\n").find("expected a value without a tag"));
  EXPECT_NE(std::string::npos,
            problems_of("s:\n  <<: {count: 3}\n").find("f.yaml:2:3: s.<<: expected a known key"));
  EXPECT_NE(std::string::npos, problems_of("? [a, b]\n: 1\n").find("expected a key, got a list"));
  EXPECT_NE("", problems_of("---\n{}\n---\n{}\n"));
}

TEST(Config, SyntaxErrorsHaveAPosition) {
  EXPECT_EQ(0U, problems_of("s: { count: 3\nt: 4").find("f.yaml:2:"));
  EXPECT_EQ(0U, problems_of("text: \"open").find("f.yaml:1:"));
  EXPECT_EQ(
      0U,
      problems_of("text: a\x04\ns: 3\n").find("f.yaml:1:8: expected text, got the control character 0x04"));
  EXPECT_NE("", problems_of(std::string("text: a\0b", 9)));
  EXPECT_NE("", problems_of(std::string(100000, '[')));
  EXPECT_NE("", problems_of(std::string(100000, '{')));
}

TEST(Config, AllErrorsAreReportedInTheOrderOfTheFile) {
  const std::string found = problems_of("s:\n  fruit: x\n  count: y\nzzzz: 1\n");
  EXPECT_EQ(2, std::count(found.begin(), found.end(), '\n'));
  EXPECT_LT(found.find("f.yaml:2:"), found.find("f.yaml:3:"));
  EXPECT_LT(found.find("f.yaml:3:"), found.find("f.yaml:4:"));
  Bound bound;
  bound.read("s: 1");
  EXPECT_THROW(bound.problems.throw_if_any(), InputError);
}

TEST(Config, OverridesAreReadAndNamed) {
  Bound bound;
  const auto set = [&bound](const std::string& text) {
    apply(parse_override(text, 1, bound.problems), bound.keys, bound.settings, bound.problems);
  };
  set("s.count=9");
  set("s.place={x: 8, y: 9}");
  set("s.clock=2 GHz");
  set("s.fruits=[pear]");
  set("text=a=b");
  EXPECT_EQ("", bound.problems.text());
  EXPECT_EQ(9U, bound.sample.count);
  EXPECT_EQ((Rectangle{8, 9, 3, 4}), bound.sample.place);
  EXPECT_EQ(2e9, bound.sample.clock);
  EXPECT_EQ("a=b", bound.sample.text);
  set("s.count=11");
  EXPECT_EQ("--set s.count=11: s.count: expected a whole number from 1 to 10, got 11", bound.problems.text());
  bound.problems = {};
  for (const char* wrong :
       {"", "s.count", "=5", "s.count=", "s..count=5", ".=5", "s.count.=5", "s.=5", "s.count=[", "s=5"}) {
    bound.problems = {};
    set(wrong);
    EXPECT_EQ(0U, bound.problems.text().find("--set")) << wrong << ": " << bound.problems.text();
  }
  EXPECT_EQ(9U, bound.sample.count);
}

TEST(Config, AProblemConcernsItsKeyAndItsSections) {
  Problems problems;
  problems.add({"f", 1, 1, 0}, "a.b", "x");
  EXPECT_TRUE(problems.concerns("a.b"));
  EXPECT_TRUE(problems.concerns("a.b.c"));
  EXPECT_TRUE(problems.concerns("a"));
  EXPECT_FALSE(problems.concerns("a.bc"));
  EXPECT_FALSE(problems.concerns("b"));
}

TEST(Config, TheEffectiveConfigurationReadsBackEqual) {
  Bound first;
  first.read(
      "s: { count: 7, big: 12345678901234567890, size: 1000 B, clock: 333.3333333333333 MHz, share: 0.1, "
      "flag: true, "
      "fruits: [apple, plum], layers: [0, 2-5, 7], place: {x: 0, y: 0, width: 0, height: 0} }");
  ASSERT_EQ("", first.problems.text());
  Bound from_yaml;
  from_yaml.read(effective_yaml(first.keys));
  EXPECT_EQ("", from_yaml.problems.text());
  EXPECT_EQ(first.sample, from_yaml.sample);
  EXPECT_EQ(first.keys.all().size(), from_yaml.settings.size());
  Bound from_json;
  from_json.read(effective_json(first.keys).dump());
  EXPECT_EQ("", from_json.problems.text());
  EXPECT_EQ(first.sample, from_json.sample);
}

TEST(Config, NumbersWithAnExponentAreNumbersToReadersOfYaml11) {
  EXPECT_EQ("1.0e-05", yaml_text(1e-5));
  EXPECT_EQ("1.5e-07", yaml_text(1.5e-7));
  EXPECT_EQ("0.25", yaml_text(0.25));
}

TEST(Config, TextsOfAllKindsReadBackEqual) {
  for (const char* text :
       {"",     " ",    "a",   "null", "~",     "true", "12",        "1e3",       "2001-01-01",
        "a: b", "# no", "- x", "'q'",  "\"q\"", "a\nb", "tab\there", "trailing ", "%x",
        "@x",   "{",    "[",   "&a",   "*a",    "!t",   "é",         "/p/q"}) {
    Bound first;
    first.sample.text = text;
    Bound second;
    second.read(effective_yaml(first.keys));
    EXPECT_EQ("", second.problems.text()) << text;
    EXPECT_EQ(text, second.sample.text);
  }
}

TEST(Config, DescriptionsComeFromTheDeclarations) {
  const Bound bound;
  EXPECT_EQ(
      "s.clock\n  a clock\n  type     frequency\n  range    from 1 kHz to 1 THz\n"
      "  units    Hz, kHz, MHz, GHz, THz\n  default  1 GHz\n",
      describe(bound.keys, "s.clock"));
  EXPECT_NE(std::string::npos, describe(bound.keys, "s.place").find("s.place.width"));
  EXPECT_EQ(std::string::npos, describe(bound.keys, "s.place").find("s.clock"));
  EXPECT_THROW((void)describe(bound.keys, "s.cl"), InputError);
  const std::string page = markdown(bound.keys);
  for (const Key& key : bound.keys.all()) EXPECT_NE(std::string::npos, page.find("| `" + key.name + "` |"));
}

TEST(Config, TheSchemaIsClosedAndHasEveryKey) {
  const Bound bound;
  const nlohmann::json schema = json_schema(bound.keys, "t");
  EXPECT_EQ(false, schema["additionalProperties"]);
  const nlohmann::json& section = schema["properties"]["s"];
  EXPECT_EQ(false, section["additionalProperties"]);
  EXPECT_EQ(10, section["properties"]["count"]["maximum"]);
  EXPECT_EQ(4, section["properties"]["count"]["default"]);
  EXPECT_EQ(false, section["properties"]["place"]["additionalProperties"]);
  EXPECT_TRUE(section["properties"]["place"]["properties"].contains("width"));
  EXPECT_EQ(1, section["properties"]["share"]["exclusiveMaximum"]);
}

}  // namespace
}  // namespace waferloom::core::config
