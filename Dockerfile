FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/delivery/package.json packages/delivery/
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json tsoa.json ./
COPY scripts ./scripts
COPY docs/reference/asyncapi.yaml docs/reference/
COPY packages/delivery packages/delivery
COPY src ./src
RUN npm run build

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/delivery/package.json packages/delivery/
RUN npm ci --omit=dev --no-audit --no-fund

# One image; the command says the role: main.js (ROLE), create-topics.js, migrate.js in dist/bootstrap.
FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/packages/delivery/dist ./packages/delivery/dist
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY packages/delivery/package.json packages/delivery/
USER node
CMD ["node", "dist/bootstrap/main.js"]
