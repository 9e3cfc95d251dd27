-- Tables of IvozProvider's shape, as far as a click needs them: the same names, types, keys and collation.

SET FOREIGN_KEY_CHECKS = 0;

CREATE TABLE Brands (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  name varchar(75) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY brand_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE Domains (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  domain varchar(190) NOT NULL,
  pointsTo varchar(25) NOT NULL DEFAULT 'proxyusers',
  description varchar(500) DEFAULT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY domain_domain (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE ApplicationServerSets (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  name varchar(32) NOT NULL,
  distributeMethod varchar(25) NOT NULL DEFAULT 'hash',
  description varchar(200) DEFAULT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY set_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE ApplicationServers (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  ip varchar(50) NOT NULL,
  name varchar(64) DEFAULT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY server_ip (ip)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE ApplicationServerSetRelApplicationServers (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  applicationServerId int(10) unsigned NOT NULL,
  applicationServerSetId int(10) unsigned NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY rel_set_server (applicationServerSetId, applicationServerId),
  CONSTRAINT rel_server FOREIGN KEY (applicationServerId) REFERENCES ApplicationServers (id) ON DELETE CASCADE,
  CONSTRAINT rel_set FOREIGN KEY (applicationServerSetId) REFERENCES ApplicationServerSets (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE Companies (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  brandId int(10) unsigned NOT NULL,
  type varchar(25) NOT NULL DEFAULT 'vpbx',
  name varchar(80) NOT NULL,
  domainId int(10) unsigned DEFAULT NULL,
  distributeMethod varchar(25) NOT NULL DEFAULT 'hash',
  maxCalls int(10) unsigned NOT NULL DEFAULT 0,
  applicationServerSetId int(10) unsigned NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY company_name_brand (name, brandId),
  KEY company_domain (domainId),
  CONSTRAINT company_brand FOREIGN KEY (brandId) REFERENCES Brands (id) ON DELETE CASCADE,
  CONSTRAINT company_domain FOREIGN KEY (domainId) REFERENCES Domains (id) ON DELETE SET NULL,
  CONSTRAINT company_set FOREIGN KEY (applicationServerSetId) REFERENCES ApplicationServerSets (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE Terminals (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  TerminalModelId int(10) unsigned DEFAULT NULL,
  name varchar(100) NOT NULL,
  domainId int(10) unsigned DEFAULT NULL,
  disallow varchar(200) NOT NULL DEFAULT 'all',
  allow_audio varchar(200) NOT NULL DEFAULT 'alaw',
  password varchar(25) NOT NULL DEFAULT '',
  companyId int(10) unsigned NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY terminal_name_domain (name, domainId),
  KEY terminal_company (companyId),
  KEY terminal_domain (domainId),
  CONSTRAINT terminal_company FOREIGN KEY (companyId) REFERENCES Companies (id) ON DELETE CASCADE,
  CONSTRAINT terminal_domain FOREIGN KEY (domainId) REFERENCES Domains (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE ast_ps_endpoints (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  sorcery_id varchar(40) NOT NULL,
  from_domain varchar(190) DEFAULT NULL,
  terminalId int(10) unsigned DEFAULT NULL,
  friendId int(10) unsigned DEFAULT NULL,
  aors varchar(200) DEFAULT NULL,
  callerid varchar(100) DEFAULT NULL,
  context varchar(40) NOT NULL DEFAULT 'users',
  PRIMARY KEY (id),
  UNIQUE KEY endpoint_terminal (terminalId),
  KEY endpoint_sorcery (sorcery_id),
  CONSTRAINT endpoint_terminal FOREIGN KEY (terminalId) REFERENCES Terminals (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE Extensions (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  companyId int(10) unsigned NOT NULL,
  number varchar(10) NOT NULL,
  routeType varchar(25) DEFAULT NULL,
  userId int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY extension_company_number (companyId, number),
  KEY extension_user (userId),
  CONSTRAINT extension_company FOREIGN KEY (companyId) REFERENCES Companies (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE Users (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  companyId int(10) unsigned NOT NULL,
  name varchar(100) NOT NULL,
  lastname varchar(100) NOT NULL,
  terminalId int(10) unsigned DEFAULT NULL,
  extensionId int(10) unsigned DEFAULT NULL,
  active tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  UNIQUE KEY user_terminal (terminalId),
  UNIQUE KEY user_extension (extensionId),
  CONSTRAINT user_company FOREIGN KEY (companyId) REFERENCES Companies (id) ON DELETE CASCADE,
  CONSTRAINT user_terminal FOREIGN KEY (terminalId) REFERENCES Terminals (id) ON DELETE SET NULL,
  CONSTRAINT user_extension FOREIGN KEY (extensionId) REFERENCES Extensions (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE kam_dispatcher (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  setid int(11) NOT NULL DEFAULT 0,
  destination varchar(192) NOT NULL DEFAULT '',
  flags int(11) NOT NULL DEFAULT 0,
  priority int(11) NOT NULL DEFAULT 0,
  attrs varchar(128) NOT NULL DEFAULT '',
  description varchar(64) NOT NULL DEFAULT '',
  applicationServerSetRelApplicationServerId int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (id),
  CONSTRAINT dispatcher_rel FOREIGN KEY (applicationServerSetRelApplicationServerId)
    REFERENCES ApplicationServerSetRelApplicationServers (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

-- Kamailio loads no table whose version it does not find here.
CREATE TABLE version (
  table_name varchar(32) NOT NULL,
  table_version int(10) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (table_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO version VALUES ('kam_dispatcher', 4);

SET FOREIGN_KEY_CHECKS = 1;
