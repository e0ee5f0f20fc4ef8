# Pinned by version: a build in a month has the same Node. A digest pins everything else in it as well:
# docker build --build-arg NODE_IMAGE=node:24.22.3-bookworm-slim@sha256:... .
ARG NODE_IMAGE=node:24.22.3-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/delivery/package.json packages/delivery/
# no package has to run anything when it is installed
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json tsoa.json ./
COPY scripts ./scripts
COPY docs/reference/asyncapi.yaml docs/reference/
COPY packages/delivery packages/delivery
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/delivery/package.json packages/delivery/
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

# One image; the command says the role: main.js (ROLE), create-topics.js, migrate.js, prune.js in dist/bootstrap. It writes no file.
FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/packages/delivery/dist ./packages/delivery/dist
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY packages/delivery/package.json packages/delivery/
# the user node, as a number: by a name Kubernetes can't tell that it is not root
USER 1000:1000
# no HEALTHCHECK: the port depends on ROLE, and docker-compose.yml and Kubernetes have checks of their own
CMD ["node", "dist/bootstrap/main.js"]
