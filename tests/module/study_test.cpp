// SPDX-License-Identifier: Apache-2.0
// The parts of a study: expressions with units, ranges, least squares, and what the rows say together.
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "study/plan/axis_values.hpp"
#include "study/plan/expression.hpp"
#include "study/table/analysis.hpp"
#include "study/table/least_squares.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::study {
namespace {

Value evaluate(const std::string& text) {
  return Expression(text).evaluate([](const std::string& name) -> std::optional<Value> {
    if (name == "pe.sram") return read_value("48 KiB");
    if (name == "fabric.width") return read_value("757");
    if (name == "fabric.height") return read_value("996");
    if (name == "pe.clock") return read_value("850 MHz");
    return std::nullopt;
  });
}

TEST(Expression, KnowsUnitsAndRanks) {
  EXPECT_EQ(7, evaluate("1 + 2 * 3").number);
  EXPECT_EQ(9, evaluate("(1 + 2) * 3").number);
  EXPECT_EQ(-4, evaluate("2 - 3 * 2").number);
  EXPECT_EQ(1, evaluate("pe.sram * fabric.width * fabric.height <= 40 GB").number);
  EXPECT_EQ(0, evaluate("pe.sram * fabric.width * fabric.height <= 30 GB").number);
  EXPECT_EQ(1, evaluate("not 2 < 1 and (1 == 1 or 1 != 1)").number);
  EXPECT_EQ(850e6 * 8 * 16, evaluate("pe.clock * 16 B/cycle").number);
  EXPECT_EQ(read_value("1 Gb/s")->powers, evaluate("pe.clock * 16 B/cycle").powers);
  EXPECT_EQ(2, evaluate("min(3, 2, max(1, 0) + 5)").number);
  EXPECT_EQ(1, evaluate("1 KiB == 1024 B").number);
  EXPECT_EQ(-1, evaluate("-1").number);
}

TEST(Expression, SaysWhatItExpected) {
  const auto problem = [](const std::string& text) {
    try {
      (void)evaluate(text);
    } catch (const core::InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ("expected a number, a key, a metric or (, got the end", problem("1 +"));
  EXPECT_EQ("expected ), got the end", problem("(1 + 2"));
  EXPECT_EQ("expected an operator or the end, got \"fabric\"", problem("2 fabric"));
  EXPECT_EQ("expected two of one dimension, got a plain number and a time", problem("1 + 2 s"));
  EXPECT_EQ("expected a number in pe.sran, got none", problem("pe.sran < 1 B"));
  EXPECT_EQ("expected a divisor other than 0, got 0", problem("1 / 0"));
  EXPECT_NE("", problem(""));
}

TEST(Expression, KeepsTheDimensionOfWhatIsNotKnownYet) {
  const auto lookup = [](const std::string& name) -> std::optional<Value> {
    if (name == "time") return unknown_value("s");
    return unknown_value("no such unit");
  };
  const Value product = Expression("time * 2 GB/s + 1 B").evaluate(lookup);
  EXPECT_TRUE(std::isnan(product.number));
  EXPECT_EQ(read_value("1 B")->powers, product.powers);
  EXPECT_TRUE(std::isnan(Expression("not (min(time, 1 s) < 1 s and 1 == 1)").evaluate(lookup).number));
  EXPECT_TRUE(std::isnan(Expression("1 / (time < 1 s)").evaluate(lookup).number));
  EXPECT_THROW((void)Expression("time < 1 GB").evaluate(lookup), core::InputError);
  EXPECT_THROW((void)Expression("time / 0 < 1 s").evaluate(lookup), core::InputError);
}

TEST(Settings, AreQuotedWhereTheyWouldBeReadAsSomethingElse) {
  const auto scalar = [](const std::string& text) {
    core::config::Node node;
    node.kind = core::config::Node::Kind::scalar;
    node.text = text;
    return node;
  };
  for (const char* text : {"48 KiB", "smoke", "1", "./a b.yaml", "true", "wafer.*"}) {
    EXPECT_EQ(text, setting_text(scalar(text)));
  }
  EXPECT_EQ(R"("a # b")", setting_text(scalar("a # b")));
  EXPECT_EQ(R"("a, b")", setting_text(scalar("a, b")));
  EXPECT_EQ(R"("")", setting_text(scalar("")));
  EXPECT_EQ(R"("say \"so\"\n\\")", setting_text(scalar("say \"so\"\n\\")));
  core::config::Node list;
  list.kind = core::config::Node::Kind::sequence;
  list.items = {scalar("wafer.*"), scalar("3,4")};
  EXPECT_EQ(R"([wafer.*, "3,4"])", setting_text(list));
}

TEST(Settings, OfWholeNumbersAreWhole) {
  const Interval derived{0, 0, core::Dimension::none, false, true};
  EXPECT_EQ("4", value_text(4.0000000001, derived));
  EXPECT_THROW((void)value_text(2.5, derived), core::InputError);
  EXPECT_THROW((void)value_text(-1, derived), core::InputError);
  EXPECT_THROW((void)value_text(1e17, derived), core::InputError);
  EXPECT_THROW((void)value_text(std::nan(""), derived), core::InputError);
  EXPECT_EQ("3", value_text(2.5, {1, 4, core::Dimension::none, false, true}));  // a range is spread
}

class Ranges : public ::testing::Test {
 protected:
  std::vector<std::string> values(const std::string& key, const std::string& range) {
    wafer::Scenario scenario;
    const wafer::ScenarioKeys keys(scenario);
    core::config::Problems problems;
    const core::config::Node root = core::config::parse_text("r: " + range, {"test", 0, 0, 0}, problems);
    const AxisRange found = read_range(root.items.at(0), *keys.keys().find(key), key, problems);
    said_ = problems.text();
    std::vector<std::string> texts;
    for (const core::config::Node& node : found.nodes) texts.push_back(node.text);
    return texts;
  }
  std::string said_;
};

TEST_F(Ranges, HaveStepsOrCounts) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ((Texts{"32 KiB", "48 KiB", "64 KiB"}),
            values("pe.sram", "{ from: 32 KiB, to: 64 KiB, step: 16 KiB }"));
  EXPECT_EQ((Texts{"8 bit", "16 bit", "24 bit", "32 bit"}),
            values("fabric.link_width", "{ from: 8 bit, to: 32 bit, step: 8 bit }"));
  EXPECT_EQ((Texts{"300 Gb/s", "600 Gb/s", "900 Gb/s", "1.2 Tb/s"}),
            values("io.bandwidth", "{ from: 0.3 Tb/s, to: 1.2 Tb/s, step: 0.3 Tb/s }"));
  EXPECT_EQ((Texts{"100 MHz", "200 MHz", "400 MHz"}),
            values("pe.clock", "{ from: 100 MHz, to: 400 MHz, count: 3, scale: log }"));
  EXPECT_EQ((Texts{"1", "2", "3"}), values("workload.batch", "{ from: 1, to: 3, count: 10 }"));
}

TEST_F(Ranges, SayWhatIsWrong) {
  EXPECT_TRUE(values("pe.sram", "{ from: 32 KiB, to: 64 KiB }").empty());
  EXPECT_NE(std::string::npos, said_.find("expected either step or count")) << said_;
  EXPECT_TRUE(values("pe.sram", "{ from: 64 KiB, to: 32 KiB, count: 2 }").empty());
  EXPECT_NE(std::string::npos, said_.find("expected from < to")) << said_;
  EXPECT_TRUE(values("pe.sram", "{ from: 32 KiB, to: 1 s, count: 2 }").empty());
  EXPECT_NE(std::string::npos, said_.find("of one dimension")) << said_;
  EXPECT_TRUE(values("pe.sram", "{ from: 1 B, to: 1 GB, step: 1 B }").empty());
  EXPECT_NE(std::string::npos, said_.find("expected at most")) << said_;
}

TEST(LeastSquares, FindsAPlane) {
  LeastSquares fit(3);
  for (int x = 0; x < 4; ++x) {
    for (int y = 0; y < 3; ++y)
      fit.add({1, static_cast<double>(x), static_cast<double>(y)}, 5 + 2 * x - 3 * y);
  }
  const std::vector<double> found = fit.solve();
  ASSERT_EQ(3U, found.size());
  EXPECT_NEAR(5, found[0], 1e-9);
  EXPECT_NEAR(2, found[1], 1e-9);
  EXPECT_NEAR(-3, found[2], 1e-9);
}

TEST(LeastSquares, KnowsWhatItCannotTell) {
  LeastSquares fit(2);
  for (int i = 0; i < 5; ++i) fit.add({1, 7}, i);
  EXPECT_TRUE(fit.solve().empty());
}

/// A grid of clock x batch whose time is clock^-1 x batch^0.5 and whose energy is clock^2.
Table grid() {
  Table table;
  table.plan.axes = {{{"pe.clock"}, false}, {{"workload.batch"}, false}};
  table.plan.columns = {"pe.clock", "workload.batch"};
  table.plan.base_values = {"2 GHz", "20"};
  table.plan.metrics = {"time", "energy"};
  table.plan.objectives = {{"time", false}, {"energy", false}};
  for (const double clock : {1e9, 2e9, 4e9}) {
    for (const double batch : {10.0, 20.0, 40.0}) {
      Row row;
      row.number = table.rows.size() + 1;
      row.status = "done";
      row.settings = {core::format_real(clock, core::Dimension::frequency),
                      std::to_string(static_cast<int>(batch))};
      row.numbers = {clock, batch};
      row.metrics = {1e9 / clock * std::sqrt(batch), clock * clock};
      row.feasible = true;
      table.rows.push_back(row);
    }
  }
  return table;
}

TEST(Analysis, FindsBaseAndElasticities) {
  Table table = grid();
  table.base = nearest_to_base(table);
  ASSERT_TRUE(table.base);
  EXPECT_EQ(5U, table.rows[*table.base].number);
  for (const Sensitivity& each : sensitivities(table)) {
    const double expected[2][2] = {{-1, 2}, {0.5, 0}};
    ASSERT_TRUE(each.elasticity);
    EXPECT_NEAR(expected[each.axis][each.metric], *each.elasticity, 1e-9);
    EXPECT_NEAR(std::pow(4, std::abs(expected[each.axis][each.metric])), *each.effect, 1e-9);
  }
}

TEST(Analysis, FitsWhereThePointsAreDrawn) {
  Table table = grid();
  table.plan.sampled = true;
  table.base = nearest_to_base(table);
  for (const Sensitivity& each : sensitivities(table)) {
    const double expected[2][2] = {{-1, 2}, {0.5, 0}};
    ASSERT_TRUE(each.elasticity);
    EXPECT_NEAR(expected[each.axis][each.metric], *each.elasticity, 1e-9);
  }
}

TEST(Analysis, FindsTheFront) {
  Table table = grid();
  // The fastest clock at the smallest batch is out of bounds.
  table.rows[6].feasible = false;
  mark_pareto_front(table);
  std::vector<std::uint64_t> front;
  for (const Row& row : table.rows) {
    if (row.pareto) front.push_back(row.number);
  }
  EXPECT_EQ((std::vector<std::uint64_t>{1, 4, 8}), front);
  const std::vector<std::optional<std::size_t>> best = best_rows(table);
  EXPECT_EQ(7U, *best[0]);  // row 8: clock 4 GHz, batch 20
  EXPECT_EQ(0U, *best[1]);  // the first of the equals
}

}  // namespace
}  // namespace waferloom::study
