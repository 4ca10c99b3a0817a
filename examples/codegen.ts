import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../schema.graphql',
  documents: ['{apollo,urql,graphql-request}/*.ts'],
  generates: {
    'generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        scalars: {
          Count: 'number', // 64 bits on the server; exact in JavaScript up to 2^53
          Seconds: 'number',
          Date: 'string', // a local day, 2026-03-08: new Date() would make it an instant
          DateTime: 'string', // an instant in UTC, ends with Z
          TimeZone: 'string', // an IANA name, as Intl takes it
          UUID: 'string',
        },
        strictScalars: true, // a scalar that is new in the schema has to be mapped here
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
    'generated/possible-types.ts': { plugins: ['fragment-matcher'] },
  },
};

export default config;
