// The parts of the local suite: which of them run. What is not there locally (APIs, roles, deployed functions) is not
// looked for.
import { PARTS } from '../../../emulators/parts.ts';
import type { Check } from './finding.ts';

export function suiteCheck(hub: string): Check {
  return {
    area: 'Local suite',
    async look(say) {
      const answer = await fetch(`${hub}/emulators`);
      const running = Object.keys((await answer.json()) as object);
      const missing = PARTS.filter((part) => !running.includes(part));
      return [
        missing.length === 0
          ? say('ok', `all parts run: ${PARTS.join(', ')}`)
          : say(
              'warning',
              `${missing.join(', ')} do not run: what they hold is not looked at`,
              'start the suite without --only',
            ),
      ];
    },
  };
}
