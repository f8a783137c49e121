# The relay in a container. Build it from the root of the repository:
#
#   docker build -f deploy/relay.Dockerfile -t adit-relay .
#
# Data lives in the volume /data. Administer it inside: docker exec NAME adit-relay deployment list

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
        -Xswiftc -cross-module-optimization --product adit-relay \
    && install -D "$(swift build -c release --show-bin-path)/adit-relay" /out/adit-relay

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libsqlite3-0 libstdc++6 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin adit \
    && install -d -o adit -g adit -m 700 /data
COPY --from=build /out/adit-relay /usr/local/bin/adit-relay
USER 10001:10001
VOLUME /data
ENV ADIT_DATA=/data
EXPOSE 8443
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/adit-relay"]
CMD ["serve", "--listen", "0.0.0.0:8443"]
