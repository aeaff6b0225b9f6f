import { SluiceError } from '../../core/errors.js';

const AZURE_HOST =
  /\.database\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn|cloudapi\.de)\.?$/i;
const CANNOT_OPEN_DATABASE = '4060';

/**
 * Azure SQL Database answers 4060 while it moves a database to another node ("Troubleshoot transient
 * connection errors"); on any other server it means that there is no such database.
 */
export function onAzure(error: SluiceError, host: string): SluiceError {
  if (error.vendorCode !== CANNOT_OPEN_DATABASE || !AZURE_HOST.test(host)) return error;
  const message = `Azure cannot open the database at the moment, or there is none of that name. ${error.message}`;
  return new SluiceError('SERVER_BUSY', message, {
    remedy: 'Sluice tries again. If it stays so, correct the name of the database.',
    vendorCode: CANNOT_OPEN_DATABASE,
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
}
