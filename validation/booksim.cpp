// SPDX-License-Identifier: Apache-2.0
#include "validation/booksim.hpp"

#include <array>
#include <string_view>

namespace waferloom::validation {

double BooksimNetwork::saturation() const {
  if (std::string_view(pattern) != "transpose") return accepted;
  // A packet of n flits holds an output for n + 1 cycles without speculation, for n with it: where the busiest
  // link of the transpose, which 7 flows share, has no cycle left.
  const double flits = packet_flits;
  return (speculative ? 1.0 : flits / (flits + 1)) / 7;
}

namespace {

constexpr BooksimPoint kUniform1[] = {{0.001, 27.11}, {0.01, 27.08}, {0.02, 27.21},   {0.05, 27.57},
                                      {0.1, 28.81},   {0.15, 32.01}, {0.16, 33.42},   {0.17, 35.45},
                                      {0.18, 39.21},  {0.19, 63.66}, {0.2, kUnstable}};
constexpr BooksimPoint kUniform1Speculative[] = {
    {0.001, 20.82}, {0.01, 20.76}, {0.02, 20.80},  {0.05, 20.85},     {0.1, 21.02},
    {0.15, 21.22},  {0.2, 21.56},  {0.25, 22.08},  {0.3, 23.02},      {0.35, 25.77},
    {0.36, 27.53},  {0.37, 36.14}, {0.38, 684.12}, {0.39, kUnstable}, {0.4, kUnstable}};
constexpr BooksimPoint kUniform8[] = {{0.001, 34.29}, {0.01, 34.30},     {0.02, 34.24},   {0.05, 35.46},
                                      {0.1, 37.40},   {0.15, 40.77},     {0.2, 47.87},    {0.25, 147.06},
                                      {0.26, 749.54}, {0.27, kUnstable}, {0.3, kUnstable}};
constexpr BooksimPoint kUniform8Speculative[] = {
    {0.001, 27.97}, {0.01, 27.98},  {0.02, 27.94},   {0.05, 28.89}, {0.1, 30.37},
    {0.15, 32.52},  {0.2, 36.20},   {0.25, 45.98},   {0.26, 51.22}, {0.27, 60.26},
    {0.28, 86.25},  {0.29, 346.22}, {0.3, kUnstable}};
constexpr BooksimPoint kTranspose1[] = {{0.001, 27.03}, {0.01, 27.17}, {0.02, 27.32},     {0.05, 28.05},
                                        {0.06, 29.05},  {0.07, 37.04}, {0.08, kUnstable}, {0.1, kUnstable}};
constexpr BooksimPoint kTranspose1Speculative[] = {
    {0.001, 20.77}, {0.01, 20.83}, {0.02, 20.87}, {0.05, 20.89},  {0.1, 21.22},      {0.11, 21.39},
    {0.12, 21.66},  {0.13, 22.28}, {0.14, 26.04}, {0.15, 905.45}, {0.16, kUnstable}, {0.2, kUnstable}};
constexpr BooksimPoint kTranspose8[] = {{0.001, 34.04},    {0.01, 34.03},    {0.02, 34.33}, {0.05, 35.68},
                                        {0.1, 41.54},      {0.11, 44.41},    {0.12, 59.34}, {0.13, 467.79},
                                        {0.14, kUnstable}, {0.15, kUnstable}};
constexpr BooksimPoint kTranspose8Speculative[] = {
    {0.001, 27.75}, {0.01, 27.77}, {0.02, 28.00}, {0.05, 29.02},  {0.1, 32.14},      {0.11, 33.47},
    {0.12, 35.83},  {0.13, 41.81}, {0.14, 79.80}, {0.15, 863.84}, {0.16, kUnstable}, {0.2, kUnstable}};

constexpr std::array kNetworks{
    BooksimNetwork{"uniform_1", "uniform", 1, false, kUniform1, 0.1919},
    BooksimNetwork{"uniform_1_speculative", "uniform", 1, true, kUniform1Speculative, 0.3753},
    BooksimNetwork{"uniform_8", "uniform", 8, false, kUniform8, 0.2623},
    BooksimNetwork{"uniform_8_speculative", "uniform", 8, true, kUniform8Speculative, 0.2977},
    BooksimNetwork{"transpose_1", "transpose", 1, false, kTranspose1, 0.1719},
    BooksimNetwork{"transpose_1_speculative", "transpose", 1, true, kTranspose1Speculative, 0.3438},
    BooksimNetwork{"transpose_8", "transpose", 8, false, kTranspose8, 0.3056},
    BooksimNetwork{"transpose_8_speculative", "transpose", 8, true, kTranspose8Speculative, 0.3430},
};

}  // namespace

std::span<const BooksimNetwork> booksim_networks() { return kNetworks; }

}  // namespace waferloom::validation
