import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: 'src/documents/*.graphql',
  generates: {
    'src/documents/generated.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        // Texts, not trees: the page then needs no GraphQL parser.
        documentMode: 'string',
        useTypeImports: true,
        strictScalars: true,
        scalars: {
          Count: 'number',
          Date: 'string',
          DateTime: 'string',
          Seconds: 'number',
          TimeZone: 'string',
          UUID: 'string',
        },
      },
    },
  },
};

export default config;
