//! The clouds that have a name.

/// A cloud of Microsoft's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedCloud {
    Public,
    Government,
    China,
}

impl NamedCloud {
    const ALL: [Self; 3] = [Self::Public, Self::Government, Self::China];

    /// The cloud that azurerm, azapi, the Azure CLI or a metadata host calls so, in any casing.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|cloud| cloud.names().iter().any(|known| name.eq_ignore_ascii_case(known)))
    }

    /// azurerm's and azapi's names, and the long forms of them. Where the Department of Defense has
    /// its own name, its Resource Manager and its login are those of the government's cloud.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Public => &["public", "global", "AzureCloud", "AzurePublicCloud"],
            Self::Government => &[
                "usgovernment",
                "usgovernmentl4",
                "usgovernmentl5",
                "dod",
                "AzureUSGovernment",
                "USGovernmentCloud",
                "AzureUSGovernmentCloud",
            ],
            Self::China => &["china", "AzureChinaCloud", "ChinaCloud"],
        }
    }

    pub(super) fn resource_manager(self) -> &'static str {
        match self {
            Self::Public => "management.azure.com",
            Self::Government => "management.usgovcloudapi.net",
            Self::China => "management.chinacloudapi.cn",
        }
    }

    pub(super) fn login(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::Government => "login.microsoftonline.us",
            Self::China => "login.chinacloudapi.cn",
        }
    }
}

/// What `az cloud set --name` takes for the cloud whose Resource Manager this scope is of, unless it
/// is the public one, which the Azure CLI begins with.
pub(crate) fn cli_name_of_scope(scope: &str) -> Option<&'static str> {
    let is_of =
        |cloud: NamedCloud| scope == format!("https://{}/.default", cloud.resource_manager());
    match NamedCloud::ALL.into_iter().find(|cloud| is_of(*cloud))? {
        NamedCloud::Public => None,
        NamedCloud::Government => Some("AzureUSGovernment"),
        NamedCloud::China => Some("AzureChinaCloud"),
    }
}
