# An image with Pare's Debian package and nothing to build with:
#
#   docker build -t pare . && docker run --rm -v "$PWD:/work" pare train configs/own/table.json
#
# `tests/systems/packages SUITE` runs the same RUN lines in bare roots.
FROM debian:13-slim AS build
COPY . /src/pare
RUN cd /src/pare && ./pare package && cp build/package/pare_*.deb /tmp/

FROM debian:13-slim
COPY --from=build /tmp/pare_*.deb /tmp/
RUN apt-get update && apt-get install -y /tmp/pare_*.deb && rm -rf /tmp/pare_*.deb /var/lib/apt/lists/*
WORKDIR /work
ENTRYPOINT ["pare"]
