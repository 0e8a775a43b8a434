// SPDX-License-Identifier: Apache-2.0
#include "kernels/language.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace waferloom::kernels {

namespace {

constexpr std::string_view kExpression = "expression";
constexpr std::string_view kCondition = "condition";
constexpr std::string_view kOperand = "operand";
constexpr std::string_view kName = "name";
constexpr std::string_view kNames = "names";
constexpr std::string_view kStatements = "list of statements";

constexpr std::string_view kFrom = "what is taken: a buffer, an element, a number, `in COLOR` or `wavelet`";
constexpr std::string_view kTo = "where the result goes: a buffer, an element or `out COLOR`";

constexpr std::array kLanguage{
    LanguageKey{"kernel", "name", "text", false, "of the kernel; the file's own unless given"},
    LanguageKey{"kernel", "description", "text", false, "one line for lists"},
    LanguageKey{"kernel", "hardware", kName, false,
                "preset on which `waferloom run FILE` runs it; a scenario that names the kernel has its own"},
    LanguageKey{"kernel", "parameters", "parameters", false,
                "whole numbers by name, each a number or a mapping with `value`, `least`, `most` and `help`; "
                "`workload.parameters` of a scenario gives other values"},
    LanguageKey{"kernel", "width", kExpression, true, "columns of tiles, over parameters"},
    LanguageKey{"kernel", "height", kExpression, false, "rows of tiles, over parameters; 1 unless given"},
    LanguageKey{"kernel", "values", kCondition, false,
                "over parameters: whether numbers are computed too, and buffers with `output` written into "
                "the results; costs "
                "nothing where false, and changes no time"},
    LanguageKey{"kernel", "variables", "variables", false,
                "whole numbers that each tile has for itself, by name, with their first values"},
    LanguageKey{"kernel", "definitions", "definitions", false,
                "expressions by name, which stand for themselves in all that follow"},
    LanguageKey{"kernel", "buffers", "list of buffers", false, "in the SRAM of tiles"},
    LanguageKey{"kernel", "colors", "list of colors", false, "with their routes"},
    LanguageKey{"kernel", "tasks", "list of tasks", true, "the earlier of two that could run goes first"},

    LanguageKey{"parameter", "value", "whole number", true, "unless a scenario gives another"},
    LanguageKey{"parameter", "least", "whole number", false, "smallest value that makes sense"},
    LanguageKey{"parameter", "most", "whole number", false, "largest value that makes sense"},
    LanguageKey{"parameter", "help", "text", false, "what it is"},

    LanguageKey{"buffer", "name", kName, true, "by which operands name it"},
    LanguageKey{"buffer", "type", "fp16 or fp32", false, "of its elements; fp32 unless given"},
    LanguageKey{"buffer", "length", kExpression, false, "elements; a scalar, one element, unless given"},
    LanguageKey{"buffer", "where", kCondition, false, "the tiles that have it; all unless given"},
    LanguageKey{"buffer", "bank", kExpression, false,
                "of the SRAM, in which it begins; the first free place unless given"},
    LanguageKey{"buffer", "address", kExpression, false, "in bytes, in the SRAM of its tile"},
    LanguageKey{"buffer", "fill", kExpression, false,
                "first value of element `i`, where values are computed; 0 unless given"},
    LanguageKey{"buffer", "period", kExpression, false,
                "with `fill`: the value is the cosine of `fill`, of which this much is a full turn"},
    LanguageKey{"buffer", "output", kCondition, false,
                "the tiles whose values at the end go into `values.csv`, where values are computed"},

    LanguageKey{"color", "name", kName, true, "by which operands name it"},
    LanguageKey{"color", "for", "repetition", false,
                "names with counts: the color once for each value from 0; its name is then `NAME[INDEX]`"},
    LanguageKey{"color", "color", kExpression, false, "its number; the first free one unless given"},
    LanguageKey{"color", "input_queue", kExpression, false,
                "of the PE that takes it, which is also its microthread; the first free one unless given"},
    LanguageKey{"color", "output_queue", kExpression, false,
                "of the PE that sends it; the deepest free one unless given"},
    LanguageKey{"color", "routes", "list of routes", true,
                "a tile's is the first whose `where` holds; none: the color does not pass there"},

    LanguageKey{"route", "where", kCondition, false, "the tiles that it is for; all unless given"},
    LanguageKey{"route", "rx", "directions", false, "from where wavelets are taken"},
    LanguageKey{"route", "tx", "directions", false, "where each is copied to"},
    LanguageKey{"route", "positions", "list of positions", false,
                "up to four pairs of `rx` and `tx` in their place, through which control wavelets switch"},
    LanguageKey{"route", "ring", "flag", false, "whether the first position follows the last"},
    LanguageKey{"route", "pop", "never, always or on_advance", false,
                "when a command is taken off a control wavelet that passes; never unless given"},

    LanguageKey{"position", "rx", "directions", true, "from where wavelets are taken"},
    LanguageKey{"position", "tx", "directions", true, "where each is copied to"},

    LanguageKey{"task", "name", kName, true, "by which statements activate it"},
    LanguageKey{"task", "for", "repetition", false,
                "names with counts: the task once for each value from 0; its name is then `NAME[INDEX]`"},
    LanguageKey{"task", "where", kCondition, false, "the tiles that have it; all unless given"},
    LanguageKey{"task", "start", kCondition, false, "whether it is activated as the program begins"},
    LanguageKey{"task", "color", kName, false, "of which each wavelet activates it, as operand `wavelet`"},
    LanguageKey{"task", "blocked", kCondition, false, "whether it is blocked as the program begins"},
    LanguageKey{"task", "do", kStatements, true, "its body"},

    LanguageKey{"statement", "if", kCondition, false, "whether it is executed"},
    LanguageKey{"statement", "for", "repetition", false,
                "names with counts: the statement is written out for each value from 0"},
    LanguageKey{"statement", "do", kStatements, false, "statements as a group"},
    LanguageKey{"statement", "else", kStatements, false, "with `if` and `do`: otherwise"},
    LanguageKey{"statement", "move", "vector operation", false, "copies: `from`, `to`"},
    LanguageKey{"statement", "add", "vector operation", false, "a + b"},
    LanguageKey{"statement", "subtract", "vector operation", false, "a - b"},
    LanguageKey{"statement", "multiply", "vector operation", false, "a * b"},
    LanguageKey{"statement", "divide", "vector operation", false, "a / b, by `pe.divide` each"},
    LanguageKey{"statement", "root", "vector operation", false, "square root of `from`, by `pe.divide` each"},
    LanguageKey{"statement", "max", "vector operation", false, "the larger of a and b"},
    LanguageKey{"statement", "fma", "vector operation", false, "a * b + c"},
    LanguageKey{"statement", "reduce", "vector operation", false,
                "the sum of `a`, or of a * b, is added to the scalar or element `to`"},
    LanguageKey{"statement", "cycles", "cycles", false, "scalar work of the main thread"},
    LanguageKey{"statement", "loop", "loop", false, "statements several times"},
    LanguageKey{"statement", "activate", kNames, false, "one task or several"},
    LanguageKey{"statement", "block", kNames, false, "activated, they do not run until unblocked"},
    LanguageKey{"statement", "unblock", kNames, false, "one task or several"},
    LanguageKey{"statement", "set", "variables", false, "variables by name, with their new values"},
    LanguageKey{"statement", "control", "control wavelet", false, "sends a control wavelet"},
    LanguageKey{"statement", "collective", "collective", false,
                "the tile's part of a collective, which all tiles of its line call; without values"},

    LanguageKey{"operation", "from", kOperand, false, kFrom},
    LanguageKey{"operation", "a", kOperand, false, kFrom},
    LanguageKey{"operation", "b", kOperand, false, kFrom},
    LanguageKey{"operation", "c", kOperand, false, kFrom},
    LanguageKey{"operation", "to", kOperand, true, kTo},
    LanguageKey{"operation", "length", kExpression, false,
                "elements; needed where no operand is a vector in SRAM"},
    LanguageKey{"operation", "type", "fp16 or fp32", false,
                "of elements on the fabric; that of the buffers unless given. Two FP16 are one wavelet"},
    LanguageKey{"operation", "async", "flag", false,
                "runs on a microthread, and the task goes on; needs an operand on the fabric"},
    LanguageKey{"operation", "thread", kExpression, false,
                "microthread of an operation that takes nothing off the fabric; one per color unless given"},
    LanguageKey{"operation", "activate", kNames, false, "with async: tasks that its end activates"},
    LanguageKey{"operation", "unblock", kNames, false, "with async: tasks that its end unblocks"},
    LanguageKey{"operation", "control", "commands", false,
                "commands of a control wavelet behind the last wavelet that it sends"},

    LanguageKey{"operand", "buffer", kName, true, "which"},
    LanguageKey{"operand", "offset", kExpression, false, "its first element; 0 unless given"},
    LanguageKey{"operand", "length", kExpression, false,
                "elements, of a row where there are several; what is left of the buffer unless given"},
    LanguageKey{"operand", "stride", kExpression, false,
                "from element to element; 1 unless given, 0 = the same"},
    LanguageKey{"operand", "rows", kExpression, false, "of `length` elements each; 1 unless given"},
    LanguageKey{"operand", "row_stride", kExpression, false, "from row to row; needed with `rows`"},

    LanguageKey{"cycles", "count", kExpression, true, "clock cycles"},
    LanguageKey{"cycles", "why", "text", true, "what they are for, and where the number is from"},

    LanguageKey{"loop", "count", kExpression, true, "how often"},
    LanguageKey{"loop", "index", kName, false, "name of its index, which counts from 0"},
    LanguageKey{"loop", "do", kStatements, true, "its body"},

    LanguageKey{"control", "to", kName, true, "color"},
    LanguageKey{"control", "commands", "commands", true,
                "up to eight of advance, reset, nop, teardown: the first router obeys the first"},
    LanguageKey{"control", "async", "flag", false, "as for vector operations"},
    LanguageKey{"control", "thread", kExpression, false, "as for vector operations"},
    LanguageKey{"control", "activate", kNames, false, "as for vector operations"},
    LanguageKey{"control", "unblock", kNames, false, "as for vector operations"},

    LanguageKey{"collective", "kind", kName, true, "see `waferloom list collectives`"},
    LanguageKey{"collective", "algorithm", kName, false, "likewise; the kind's first unless given"},
    LanguageKey{"collective", "over", "rows, columns or all", true,
                "whether each row, each column or all tiles together do it"},
    LanguageKey{"collective", "length", kExpression, true, "elements of each tile's vector, over parameters"},
    LanguageKey{"collective", "root", kExpression, false,
                "place of the root on its line, over parameters; 0 unless given"},
    LanguageKey{"collective", "type", "fp16 or fp32", false, "of the elements; fp32 unless given"},
};

struct SectionTitle {
  std::string_view name;
  std::string_view title;
};
constexpr std::array kSections{
    SectionTitle{"kernel", "The file"},
    SectionTitle{"parameter", "A parameter"},
    SectionTitle{"buffer", "A buffer"},
    SectionTitle{"color", "A color"},
    SectionTitle{"route", "A route"},
    SectionTitle{"position", "A switch position"},
    SectionTitle{"task", "A task"},
    SectionTitle{"statement", "A statement"},
    SectionTitle{"operation", "A vector operation"},
    SectionTitle{"operand", "An operand in SRAM, as a mapping"},
    SectionTitle{"cycles", "`cycles`"},
    SectionTitle{"loop", "`loop`"},
    SectionTitle{"control", "`control`"},
    SectionTitle{"collective", "`collective`"},
};

std::string table_cell(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

nlohmann::json reference_to(std::string_view section) {
  return {{"$ref", fmt::format("#/definitions/{}", section)}};
}

nlohmann::json list_of(std::string_view section) {
  return {{"type", "array"}, {"items", reference_to(section)}};
}

nlohmann::json text_schema() { return {{"type", "string"}}; }

/// What a value of this type looks like.
nlohmann::json schema_of(std::string_view type) {
  using nlohmann::json;
  const auto names = [] {
    return json{{"anyOf", {text_schema(), {{"type", "array"}, {"items", text_schema()}}}}};
  };
  if (type == "expression" || type == "condition") return {{"type", {"integer", "string", "boolean"}}};
  if (type == "operand") return {{"anyOf", {{{"type", {"number", "string"}}}, reference_to("operand")}}};
  if (type == "names" || type == "directions" || type == "commands") return names();
  if (type == "flag") return {{"type", "boolean"}};
  if (type == "whole number") return {{"type", "integer"}};
  if (type == "fp16 or fp32") return {{"enum", {"fp16", "fp32"}}};
  if (type == "never, always or on_advance") return {{"enum", {"never", "always", "on_advance"}}};
  if (type == "parameters") {
    return {{"type", "object"},
            {"additionalProperties", {{"anyOf", {{{"type", "integer"}}, reference_to("parameter")}}}}};
  }
  if (type == "variables" || type == "repetition" || type == "definitions") {
    return {{"type", "object"}, {"additionalProperties", schema_of("expression")}};
  }
  if (type == "list of buffers") return list_of("buffer");
  if (type == "list of colors") return list_of("color");
  if (type == "list of routes") return list_of("route");
  if (type == "list of positions") return list_of("position");
  if (type == "list of tasks") return list_of("task");
  if (type == "list of statements") return list_of("statement");
  if (type == "vector operation") return reference_to("operation");
  if (type == "cycles" || type == "loop") return reference_to(type);
  if (type == "control wavelet") return reference_to("control");
  if (type == "collective") return reference_to("collective");
  if (type == "rows, columns or all") return {{"enum", {"rows", "columns", "all"}}};
  return text_schema();
}

nlohmann::json section_schema(std::string_view section) {
  nlohmann::json object{{"type", "object"}, {"additionalProperties", false}};
  for (const LanguageKey& key : kLanguage) {
    if (key.section != section) continue;
    nlohmann::json property = schema_of(key.type);
    property["description"] = key.help;
    object["properties"][std::string(key.name)] = property;
    if (key.required) object["required"].push_back(key.name);
  }
  return object;
}

}  // namespace

std::span<const LanguageKey> language() { return kLanguage; }

std::vector<std::string> keys_of(std::string_view section) {
  std::vector<std::string> names;
  for (const LanguageKey& key : kLanguage) {
    if (key.section == section) names.emplace_back(key.name);
  }
  return names;
}

const LanguageKey* find_key(std::string_view section, std::string_view name) {
  const auto* const found = std::find_if(kLanguage.begin(), kLanguage.end(), [&](const LanguageKey& key) {
    return key.section == section && key.name == name;
  });
  return found == kLanguage.end() ? nullptr : found;
}

nlohmann::json kernel_schema() {
  nlohmann::json root = section_schema("kernel");
  root["$schema"] = "http://json-schema.org/draft-07/schema#";
  root["title"] = "Waferloom kernel";
  for (const SectionTitle& section : kSections) {
    if (section.name != "kernel")
      root["definitions"][std::string(section.name)] = section_schema(section.name);
  }
  return root;
}

std::string kernel_reference() {
  std::string text;
  for (const SectionTitle& section : kSections) {
    text += fmt::format("{}### {}\n\n| Key | Value | Meaning |\n|---|---|---|\n", text.empty() ? "" : "\n",
                        section.title);
    for (const LanguageKey& key : kLanguage) {
      if (key.section != section.name) continue;
      text += fmt::format("| `{}`{} | {} | {} |\n", key.name, key.required ? " (required)" : "", key.type,
                          table_cell(key.help));
    }
  }
  return text;
}

}  // namespace waferloom::kernels
