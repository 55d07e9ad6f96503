# fmnist with its engine and its data, for a user who is not root and for machines without a network:
#   docker build -t fmnist .
#   docker run --rm --network none -v "$PWD:/work" fmnist train --model conv --limit 2000 --epochs 1
ARG NODE_IMAGE=docker.io/library/node:22-bookworm-slim

FROM ${NODE_IMAGE} AS build
# What fmnist setup fetches and compiles with.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates g++ python3-pip \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN npm ci --ignore-scripts && npm pack && npm install --prefix /opt/fmnist --omit=dev ./fmnist-*.tgz
ENV PATH=/opt/fmnist/node_modules/.bin:$PATH XDG_CACHE_HOME=/opt/cache
# An engine that somebody else could change is not loaded.
RUN fmnist setup && fmnist data && chmod -R go-w /opt

FROM ${NODE_IMAGE}
COPY --from=build /opt /opt
ENV XDG_CACHE_HOME=/opt/cache FMNIST_OFFLINE=true
WORKDIR /work
RUN chmod 1777 . && ln -s /opt/fmnist/node_modules/.bin/fmnist /usr/local/bin/
# A number, so that Kubernetes sees that it is not root.
USER 1000:1000
ENTRYPOINT ["fmnist"]
CMD ["--help"]
