import { createRoot } from 'react-dom/client';
import { createApplications } from './access.ts';
import { Demo } from './demo.tsx';
import { APPLICATIONS } from './demo-client.ts';

const curl = `curl ${location.origin}/v1/apps/${APPLICATIONS.boxes}/changes -H 'Content-Type: application/json'`;
(document.getElementById('curl') as HTMLElement).textContent = `${curl} -d '{"name":"open","args":{"box":"2"}}'`;
createRoot(document.getElementById('demo') as HTMLElement).render(<Demo />);
void createApplications();
