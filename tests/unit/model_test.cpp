// SPDX-License-Identifier: Apache-2.0
// Parameter counts against published or independently derived figures; strictness of model files.
#include "models/model.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "core/error.hpp"

namespace waferloom::models {
namespace {

std::filesystem::path models_directory() {
  return std::filesystem::path(WAFERLOOM_SOURCE_DIR) / "models" / "data";
}

TEST(Model, ParameterCountsEqualPublishedFigures) {
  const std::map<std::string, std::uint64_t> expected{
      {"gpt3-xl", 1'315'723'264},   {"gpt-j-6b", 6'050'882'784},  {"gpt3-6.7b", 6'658'404'352},
      {"gpt3-13b", 12'853'386'240}, {"gpt3-20b", 20'256'221'184}, {"gpt-neox-20b", 20'552'663'040},
      {"gpt2-small", 124'439'808},  {"gpt2-xl", 1'557'611'200},   {"bert-large", 335'141'888},
      {"llama-7b", 6'738'415'616},
  };
  for (const auto& [name, parameters] : expected) {
    EXPECT_EQ(count_parameters(load_model(name, models_directory())).total, parameters) << name;
  }
}

TEST(Model, NeoxWithThePaddedVocabulary) {
  Model model = load_model("gpt-neox-20b", models_directory());
  model.vocabulary = 50432;
  EXPECT_EQ(count_parameters(model).total, 20'554'567'680U);
}

TEST(Model, EveryShippedFileLoadsUnderItsOwnName) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(models_directory())) {
    const Model model = load_model(entry.path().stem().string(), models_directory());
    EXPECT_EQ(model.name, entry.path().stem().string());
    EXPECT_FALSE(model.description.empty()) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 18);
}

TEST(Model, CerebrasGptSizesAreAsNamed) {
  const std::map<std::string, double> millions{{"111m", 111},  {"256m", 256},  {"590m", 590}, {"1.3b", 1316},
                                               {"2.7b", 2652}, {"6.7b", 6658}, {"13b", 12853}};
  for (const auto& [size, expected] : millions) {
    const auto total =
        static_cast<double>(count_parameters(load_model("cerebras-gpt-" + size, models_directory())).total) /
        1e6;
    EXPECT_NEAR(total, expected, 0.01 * expected) << size;
  }
}

class BadModel : public testing::Test {
 protected:
  std::string error_of(const std::string& text) {
    const auto file =
        std::filesystem::temp_directory_path() / ("model_" + std::to_string(getpid()) + ".yaml");
    std::ofstream(file) << text;
    std::string message;
    try {
      (void)load_model(file.string(), models_directory());
    } catch (const core::InputError& error) {
      message = error.what();
    }
    std::filesystem::remove(file);
    return message;
  }
  const std::string good_ = "layers: 2\nhidden: 64\nheads: 4\nffn: 256\nvocabulary: 512\nsequence: 32\n";
};

TEST_F(BadModel, AcceptsTheLeastThatIsNeeded) { EXPECT_EQ(error_of(good_), ""); }
TEST_F(BadModel, NamesAnUnknownKeyAndTheNearest) {
  const std::string error = error_of(good_ + "hiden: 3\n");
  EXPECT_NE(error.find(":7:1: hiden:"), std::string::npos) << error;
  EXPECT_NE(error.find("hidden"), std::string::npos) << error;
}
TEST_F(BadModel, NamesEveryMissingKey) {
  const std::string error = error_of("hidden: 64\n");
  for (const char* key : {"layers", "heads", "ffn", "vocabulary", "sequence"}) {
    EXPECT_NE(error.find(std::string(key) + ": expected a value, got nothing"), std::string::npos) << error;
  }
}
TEST_F(BadModel, RefusesHeadsThatDoNotDivideTheFeatures) {
  const std::string error =
      error_of("layers: 2\nhidden: 64\nheads: 5\nffn: 256\nvocabulary: 512\nsequence: 32\n");
  EXPECT_NE(error.find(":3:8: heads: expected a divisor of hidden (64), got 5"), std::string::npos) << error;
}
TEST_F(BadModel, RefusesZeroAndNegativeAndWrongTypes) {
  EXPECT_NE(error_of("layers: 0\nhidden: -1\nheads: x\nffn: [1]\nvocabulary: 1.5\nsequence: 32\n"), "");
}
TEST(Model, NamesTheNearestKnownModel) {
  try {
    (void)load_model("gpt3-lx", models_directory());
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean gpt3-xl?"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace waferloom::models
