# SPDX-License-Identifier: Apache-2.0
# Waferloom with Open MPI, from Debian's packages:
#   docker build -t waferloom .
#   docker run --rm -v "$PWD:/work" waferloom run smoke
#   docker run --rm -v "$PWD:/work" --entrypoint mpirun waferloom -n 4 waferloom run SCENARIO
FROM debian:bookworm AS build
COPY . /src
WORKDIR /src
RUN scripts/setup run \
 && apt-get install --yes --no-install-recommends libopenmpi-dev \
 && cmake --preset release -DWAFERLOOM_BUILD_TESTS=OFF -DWAFERLOOM_BUILD_BENCH=OFF \
 && cmake --build --preset release --target waferloom \
 && cmake --install build/release --prefix /opt/waferloom

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libsystemc libfmt9 libyaml-cpp0.7 libsqlite3-0 zlib1g \
      libopenmpi3 openmpi-bin openssh-client \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/waferloom /opt/waferloom
ENV PATH=/opt/waferloom/bin:$PATH
# A container is its own user's: Open MPI may run as root in it.
ENV OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
WORKDIR /work
ENTRYPOINT ["waferloom"]
