/** The team, as the lead keeps it in its repository: who does what, what has to come first, and what follows from what. */
export const plan = `contracts:
  - {contractId: setup-schema, assignee: db-dev, title: Set up the users table,
     expectedOutputs: [{artifactType: schema-change, artifactId: schema}]}
  - {contractId: build-api, assignee: api-dev, title: Build the login API,
     dependencies: [setup-schema],
     expectedOutputs: [{artifactType: api-contract, artifactId: api}]}
  - {contractId: write-tests, assignee: qa-dev, title: Test the login API,
     dependencies: [build-api],
     expectedOutputs: [{artifactType: test-results, artifactId: test-results}]}
pipelines:
  - pipelineId: ci-loop
    rules:
      - trigger: {type: artifact_published, artifactId: api}
        action: {type: notify_session, target: qa-dev,
                 message: 'The API is now \${artifact.ref}: test it again.'}
      - trigger: {type: artifact_published, artifactId: test-results}
        condition: data.failed > 0
        action: {type: reopen_contract, contractId: build-api,
                 reason: 'Tests failing: \${data.failed} failures'}
`;

export const planFile = 'team.yaml';
