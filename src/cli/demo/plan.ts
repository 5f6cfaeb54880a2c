/** The work of the team, as the lead keeps it in its repository: who does what, and what has to come first. */
export const plan = `contracts:
  - {contractId: setup-schema, assigner: lead, assignee: db-dev, title: Set up the users table,
     inputs: {context: Users log in with an email and a password},
     expectedOutputs: [{artifactType: schema-change, required: true}]}
  - {contractId: build-api, assigner: lead, assignee: api-dev, title: Build the login API,
     inputs: {context: One endpoint that answers with a token},
     expectedOutputs: [{artifactType: api-contract, required: true}],
     dependencies: [{type: contract, contractId: setup-schema}]}
  - {contractId: write-tests, assigner: lead, assignee: qa-dev, title: Test the login API,
     inputs: {context: Hostile input too},
     expectedOutputs: [{artifactType: test-results, required: true}],
     dependencies: [{type: contract, contractId: build-api}]}
`;

export const planFile = 'plan.yaml';
