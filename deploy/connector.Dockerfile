# The connector in a container. Build it from the root of the repository:
#
#   docker build -f deploy/connector.Dockerfile -t adit-connector .
#
# It listens on nothing and needs no volume. A model server on the host is reached by
# --add-host=host.docker.internal:host-gateway and --upstream http://host.docker.internal:11434.

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-dev libzstd-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
# The same flags as every other release build of this repository.
RUN --mount=type=cache,target=/source/.build \
    swift build -c release --static-swift-stdlib -debug-info-format none -Xswiftc -enforce-exclusivity=unchecked \
        -Xswiftc -cross-module-optimization --product adit-connector \
    && install -D "$(swift build -c release --show-bin-path)/adit-connector" /out/adit-connector

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /state --shell /usr/sbin/nologin adit \
    && install -d -o adit -g adit -m 700 /state
COPY --from=build /out/adit-connector /usr/local/bin/adit-connector
USER 10001:10001
ENV XDG_STATE_HOME=/state
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/adit-connector"]
CMD ["run"]
