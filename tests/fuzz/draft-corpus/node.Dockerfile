FROM node:20-alpine AS build
WORKDIR /usr/src/app
COPY package*.json ./
COPY package.json .
RUN npm ci
COPY tsconfig.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:20-alpine
ENV NODE_ENV production
WORKDIR /usr/src/app
COPY --from=build --chown=node:node /usr/src/app/node_modules ./node_modules
COPY --from=build --chown=node:node /usr/src/app/dist ./dist
USER node
EXPOSE 9229
EXPOSE 3000/tcp
HEALTHCHECK --interval=30s CMD wget -qO- localhost:3000/api/ready || exit 1
STOPSIGNAL SIGTERM
CMD ["node", "dist/server.js"]
