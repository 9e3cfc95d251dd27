-- The database account of click2calld: it reads the columns named here and nothing else.
--
-- Put the service's own host, a password and the schema's name in the place of @USER@, @HOST@, @PASSWORD@ and @DATABASE@:
--   sed -e 's/@USER@/click2call/; s/@HOST@/localhost/; s/@PASSWORD@/.../; s/@DATABASE@/ivozprovider/' grants.sql | mysql

CREATE USER IF NOT EXISTS '@USER@'@'@HOST@' IDENTIFIED BY '@PASSWORD@';

-- Who may call, and with which password, extension and endpoint.
GRANT SELECT (id, name, password, domainId, companyId) ON `@DATABASE@`.Terminals TO '@USER@'@'@HOST@';
GRANT SELECT (id, domain) ON `@DATABASE@`.Domains TO '@USER@'@'@HOST@';
GRANT SELECT (id, brandId, applicationServerSetId) ON `@DATABASE@`.Companies TO '@USER@'@'@HOST@';
GRANT SELECT (terminalId, sorcery_id) ON `@DATABASE@`.ast_ps_endpoints TO '@USER@'@'@HOST@';
GRANT SELECT (terminalId, extensionId) ON `@DATABASE@`.Users TO '@USER@'@'@HOST@';
GRANT SELECT (id, number) ON `@DATABASE@`.Extensions TO '@USER@'@'@HOST@';

-- Which application servers there are when Kamailio cannot say. Leave out a table that your schema does not have.
GRANT SELECT (setid, destination, priority) ON `@DATABASE@`.kam_dispatcher TO '@USER@'@'@HOST@';
GRANT SELECT (id, ip) ON `@DATABASE@`.ApplicationServers TO '@USER@'@'@HOST@';
