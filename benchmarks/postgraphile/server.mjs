// PostGraphile as a library on Node's own HTTP server, tuned as its documentation says: lists
// instead of connections, no mutations, no GraphiQL, no explain, answers as text.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const { PORT, PROCESSES, DOMAIN } = process.env;

if (cluster.isPrimary && Number(PROCESSES) > 1) {
  for (let n = 0; n < Number(PROCESSES); n++) cluster.fork();
} else {
  // PGHOST, PGPORT, PGUSER and PGDATABASE say where.
  const pool = new pg.Pool({ max: 10, options: "-c jit=off -c timezone=UTC" });
  const pgl = postgraphile({
    extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
    pgServices: [makePgService({ pool, schemas: ["public"], pubsub: false })],
    schema: {
      defaultBehavior: "-connection +list -insert -update -delete",
      dontSwallowErrors: true,
      pgForbidSetofFunctionsToReturnNull: true,
    },
    grafserv: {
      graphiql: false,
      watch: false,
      websockets: false,
      outputDataAsString: true,
      maxRequestLength: 1_000_000,
    },
    grafast: {
      explain: false,
      // With a tenant, row-level security holds, and every request is a transaction that names it.
      context: DOMAIN ? { pgSettings: { "app.domain_uuid": DOMAIN } } : {},
    },
  });
  const serv = pgl.createServ(grafserv);
  const server = createServer();
  await serv.addTo(server);
  if (process.env.PRINT_SCHEMA) {
    const { printSchema } = await import("graphql");
    console.log(printSchema((await pgl.getSchemaResult()).schema));
    process.exit(0);
  }
  await pgl.getSchemaResult();
  server.listen(Number(PORT), "127.0.0.1");
}
