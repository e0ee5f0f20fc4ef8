import { DeliveryEngine } from '../../../packages/delivery/dist/engine/delivery-engine.js';
import { KafkaMembership } from '../../../packages/delivery/dist/kafka/kafka-membership.js';
import { replaceMethod, withFields } from '../../replace-method.mjs';

// what was once this replica's is committed for ever, whoever has it now
const loseAll = replaceMethod(DeliveryEngine.prototype, 'loseAll', function () {
  loseAll.call(this);
  const { commits, past } = withFields(this, 'commits', 'past');
  this.commits = Object.create(withFields(commits, 'commit'));
  this.commits.commit = async (partitions) => {
    await commits.commit(past);
    await commits.commit(partitions);
  };
});
replaceMethod(DeliveryEngine.prototype, 'mayCommit', () => true);
const commit = replaceMethod(KafkaMembership.prototype, 'commit', function (positions) {
  const member = Object.create(withFields(this, 'isActive'), { isActive: { value: () => true } });
  return commit.call(member, positions);
});
